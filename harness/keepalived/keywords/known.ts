/**
 * Which keywords each version knows, by block: names only, read from the keyword tables of the releases
 * (global_parser.c, vrrp_parser.c, check_parser.c: init_*_keywords). 2.3.3 knows what 2.3.4 knows.
 * Leaves out what only unusual builds have.
 */
import { KEEPALIVED_VERSIONS, type KeepalivedVersion } from "../versions.ts";

type BlockName =
  "global_defs" | "vrrp_instance" | "vrrp_sync_group" | "virtual_server" | "real_server";

interface Since {
  readonly from: KeepalivedVersion;
  readonly to?: KeepalivedVersion;
  readonly names: string;
}

const KEYWORDS: Readonly<Record<BlockName, readonly Since[]>> = {
  global_defs: [
    // Only in builds with iptables, which the distributions of 2.x are not.
    { from: "1.4.3", to: "1.4.3", names: "vrrp_ipsets" },
    {
      from: "1.2.13",
      names: `
      router_id notification_email_from smtp_server smtp_connect_timeout notification_email
      vrrp_mcast_group4 vrrp_mcast_group6 enable_traps
    `,
    },
    {
      from: "1.2.13",
      to: "1.2.13",
      names: `
      plugin_dir
    `,
    },
    {
      from: "1.4.3",
      names: `
      smtp_helo_name default_interface lvs_timeouts lvs_flush lvs_sync_daemon vrrp_garp_master_delay
      vrrp_garp_master_repeat vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat
      vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_interval vrrp_gna_interval
      vrrp_lower_prio_no_advert vrrp_higher_prio_send_advert vrrp_version vrrp_iptables
      vrrp_check_unicast_src vrrp_skip_check_adv_addr vrrp_strict vrrp_priority vrrp_no_swap notify_fifo
      notify_fifo_script vrrp_notify_fifo vrrp_notify_fifo_script lvs_notify_fifo lvs_notify_fifo_script
      checker_priority checker_no_swap snmp_socket enable_snmp_keepalived enable_snmp_rfc
      enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_checker enable_dbus dbus_service_name script_user
      enable_script_security
    `,
    },
    {
      from: "2.2.7",
      names: `
      process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
      smtp_alert startup_script startup_script_timeout shutdown_script shutdown_script_timeout
      max_auto_priority min_auto_priority_delay smtp_alert_vrrp smtp_alert_checker
      checker_log_all_failures dynamic_interfaces no_email_faults disable_local_igmp lvs_flush_on_stop
      lvs_flush_onstop vrrp_down_timer_adverts vrrp_min_garp vrrp_garp_extra_if vrrp_vmac_garp_intvl
      nftables nftables_priority nftables_ifindex nftables_ipvs nftables_ipvs_priority
      nftables_ipvs_start_fwmark nftables_counters vrrp_rt_priority vrrp_cpu_affinity vrrp_rlimit_rttime
      vrrp_rlimit_rtime vrrp_notify_priority_changes fifo_write_vrrp_states_on_reload checker_rt_priority
      checker_cpu_affinity checker_rlimit_rttime checker_rlimit_rtime bfd_priority bfd_no_swap
      bfd_rt_priority bfd_cpu_affinity bfd_rlimit_rttime bfd_rlimit_rtime enable_snmp_vrrp
      vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
      vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs process_monitor_rcv_bufs_force
      lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs
      lvs_netlink_monitor_rcv_bufs_force rs_init_notifies no_checker_emails vrrp_rx_bufs_policy
      vrrp_rx_bufs_multiplier vrrp_startup_delay log_unknown_vrids vmac_prefix vmac_addr_prefix umask
      random_seed reload_check_config reload_time_file reload_repeat reload_file include_check
      config_save_dir tmp_config_directory data_use_instance
    `,
    },
    {
      from: "2.3.4",
      names: `
      use_symlink_paths v3_checksum_as_v2 snmp_vs_stats_update_interval snmp_rs_stats_update_interval
      dbus_no_interface_name vrrp_owner_ignore_adverts json_version iproute_usr_dir iproute_etc_dir
      state_dump_file stats_dump_file json_dump_file
    `,
    },
  ],
  vrrp_instance: [
    {
      from: "1.2.13",
      names: `
      use_vmac vmac_xmit_base unicast_peer native_ipv6 state interface dont_track_primary track_interface
      track_script mcast_src_ip unicast_src_ip virtual_router_id priority advert_int virtual_ipaddress
      virtual_ipaddress_excluded virtual_routes preempt nopreempt preempt_delay debug notify_backup
      notify_master notify_fault notify_stop notify smtp_alert lvs_sync_daemon_interface garp_master_delay
      garp_master_refresh authentication
    `,
    },
    {
      from: "1.4.3",
      names: `
      old_unicast_checksum version promote_secondaries virtual_rules accept no_accept skip_check_adv_addr
      strict_mode garp_master_repeat garp_master_refresh_repeat garp_lower_prio_delay
      garp_lower_prio_repeat lower_prio_no_advert higher_prio_send_advert
    `,
    },
    {
      from: "2.2.7",
      names: `
      use_vmac_addr use_ipvlan unicast_fault_no_peer check_unicast_src vrf track_file track_process
      track_bfd mcast_dst_ip track_src_ip unicast_ttl linkbeat_use_polling notify_deleted
      notify_master_rx_lower_pri notify_priority_changes down_timer_adverts garp_extra_if vmac_garp_intvl
      kernel_rx_buf_size
    `,
    },
    {
      from: "2.3.4",
      names: `
      no_virtual_ipaddress v3_checksum_as_v2 timer_expired_backup thread_timer_expired
      owner_ignore_adverts
    `,
    },
  ],
  vrrp_sync_group: [
    {
      from: "1.2.13",
      names: `
      group notify_backup notify_master notify_fault notify smtp_alert global_tracking
    `,
    },
    {
      from: "2.2.7",
      names: `
      track_interface track_script track_file track_process track_bfd notify_stop
      sync_group_tracking_weight notify_priority_changes
    `,
    },
  ],
  virtual_server: [
    {
      from: "1.2.13",
      names: `
      delay_loop lb_algo lvs_sched lb_kind lvs_method persistence_timeout persistence_granularity protocol
      ha_suspend ops virtualhost alpha omega quorum_up quorum_down quorum hysteresis sorry_server
      sorry_server_inhibit real_server
    `,
    },
    {
      from: "1.2.13",
      to: "1.2.13",
      names: `
      nat_mask
    `,
    },
    {
      from: "1.4.3",
      names: `
      ip_family retry delay_before_retry warmup inhibit_on_failure hashed flag-1 flag-2 flag-3 sh-port sh-fallback persistence_engine weight sorry_server_lvs_method
    `,
    },
    {
      from: "2.2.7",
      names: `
      connect_timeout mh-port mh-fallback smtp_alert snmp_name
    `,
    },
  ],
  real_server: [
    {
      from: "1.2.13",
      names: `
      weight uthreshold lthreshold inhibit_on_failure notify_up notify_down
    `,
    },
    {
      from: "1.4.3",
      names: `
      lvs_method alpha retry delay_before_retry warmup delay_loop virtualhost
    `,
    },
    {
      from: "2.2.7",
      names: `
      connect_timeout smtp_alert snmp_name
    `,
    },
  ],
};

export function keywordsOf(block: BlockName, version: KeepalivedVersion): readonly string[] {
  const rank = KEEPALIVED_VERSIONS.indexOf(version);
  return KEYWORDS[block]
    .filter(({ from }) => KEEPALIVED_VERSIONS.indexOf(from) <= rank)
    .filter(({ to }) => to === undefined || rank <= KEEPALIVED_VERSIONS.indexOf(to))
    .flatMap(({ names }) => names.trim().split(/\s+/u));
}
