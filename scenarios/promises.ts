/**
 * What the documents behind the rows promise, in our words. Scenarios say what came of each
 * (`Scenario.promises`); docs/promises.md is made from both.
 */

export interface DocumentPromise {
  /** DOCUMENT/NAME. */
  readonly id: string;
  readonly text: string;
  /** Why no scenario tries it here; absent for those that are tried. */
  readonly untried?: string;
}

export const PROMISES: readonly DocumentPromise[] = [
  // Document 001, the row dual-script.
  { id: "001/vip-connects", text: "Clients connect to MySQL through the VIP." },
  { id: "001/vip-on-master", text: "Undisturbed, the VIP is on the node called MASTER." },
  {
    id: "001/mysqld-stop-moves",
    text: "MySQL is stopped on the holder: the script stops keepalived, and the VIP moves to the other node.",
  },
  {
    id: "001/no-keepalived-without-mysqld",
    text: "While MySQL is down keepalived cannot be started: the script stops it again.",
  },
  {
    id: "001/mysqld-restart-stops-keepalived",
    text: "Restarting MySQL makes the script stop keepalived, which then has to be started by hand.",
  },
  {
    id: "001/mysqld-then-keepalived",
    text: "MySQL started first and keepalived after it: the VIP comes back to the first node.",
  },
  {
    id: "001/keepalived-stop-moves",
    text: "keepalived is stopped on the holder: the VIP moves; started again, it takes the VIP back.",
  },
  {
    id: "001/clients-feel-nothing",
    text: "Clients connected through the VIP feel almost nothing of a move.",
  },
  {
    id: "001/preempting-by-priority",
    text: "In preempting mode the highest priority has the VIP, whatever `state` says, and takes it back after a failure.",
  },
  {
    id: "001/weight-lowers-priority",
    text: "A failing check lowers the priority by 5 after two failures, and one success restores it.",
  },
  {
    id: "001/case-a",
    text: "One MASTER and one BACKUP: nopreempt or not makes no difference, priority decides.",
  },
  {
    id: "001/case-b",
    text: "Both BACKUP without nopreempt: priority decides, as in preempting mode.",
  },
  {
    id: "001/case-c",
    text: "Both BACKUP with nopreempt: priority is not considered; the VIP stays until its holder fails.",
  },
  {
    id: "001/firewall",
    text: "With a firewall, VRRP between the hosts and port 3306 have to be let through.",
  },
  {
    id: "001/script-notices",
    text: "The script that looks at port 3306 finds out when MySQL is in trouble.",
  },
  {
    id: "001/sql-script-spares-keepalived",
    text: "With the second script the VIP moves when MySQL is down, keepalived is not killed, and the VIP returns with MySQL.",
  },
  {
    id: "001/restart-script-repairs",
    text: "The third script restarts MySQL where the VIP is, with its disk, and gives the VIP away only if that fails.",
  },
  // Document 002, the row dual-check.
  {
    id: "002/election-by-priority",
    text: "All nodes BACKUP: at start the highest priority is elected.",
  },
  {
    id: "002/no-return",
    text: "With nopreempt a recovered node does not take the VIP back.",
  },
  {
    id: "002/no-fight-over-vip",
    text: "nopreempt also avoids fights over the VIP in other troubles, such as a flapping network.",
  },
  {
    id: "002/hand-back",
    text: "The VIP is handed back by dropping nopreempt and reloading; putting it back and reloading restores the set-up.",
  },
  {
    id: "002/clients-through-vip",
    text: "Clients reach MySQL through the VIP's virtual server.",
  },
  {
    id: "002/mysqld-stop-moves",
    text: "MySQL is stopped on the holder: keepalived dies there and the VIP is on the other node.",
  },
  {
    id: "002/neighbours-follow",
    text: "Neighbours' ARP caches point at the new holder after a move.",
  },
  {
    id: "002/vrrp-rule",
    text: "Without a firewall rule for VRRP several nodes have the VIP.",
  },
  {
    id: "002/smtp-every-transition",
    text: "With smtp_alert every change of state sends a mail.",
  },
  {
    id: "002/notify-every-transition",
    text: "The notify script is called on every change of state, with the new state as its third argument.",
  },
  {
    id: "002/monitor-finds-split-brain",
    text: "A duplicate-address check with arping from a third host finds a split brain, and raises no false alarm.",
  },
  {
    id: "002/offsets-avoid-conflicts",
    text: "Auto-increment step and offset keep two written sources from generating the same keys.",
  },
  {
    id: "002/copies-consistent",
    text: "Both copies are consistent; a comparison shows where they are not.",
  },
  // Document 003, the row lvs-dr.
  {
    id: "003/one-address",
    text: "Clients have one address for both servers.",
  },
  {
    id: "003/balances",
    text: "The directors spread reads and writes over both servers.",
  },
  {
    id: "003/weights",
    text: "wrr gives each server connections in proportion to its weight.",
  },
  {
    id: "003/session-kept",
    text: "persistence_timeout keeps a client on its server.",
  },
  {
    id: "003/other-takes-over",
    text: "When one of the sources is down clients go on with the other one, and nobody has to switch by hand.",
  },
  {
    id: "003/server-removed",
    text: "MySQL is stopped on a real server: the director notices, says so in its log and removes it.",
  },
  {
    id: "003/server-returns",
    text: "MySQL is started again: the director says so and adds the server by itself.",
  },
  {
    id: "003/director-stop-moves",
    text: "keepalived is stopped on the active director: it gives the VIP up, and the other one takes it with the same table.",
  },
  {
    id: "003/no-single-point",
    text: "No single host is a point of failure.",
  },
  {
    id: "003/arp-muted",
    text: "The real servers have the VIP on the loopback interface and do not answer ARP for it.",
  },
  {
    id: "003/priority-decides",
    text: "`state` is where a director begins; its priority decides who is active.",
  },
  // Document 004, the row dual-kill9.
  {
    id: "004/backup-avoids-grabbing",
    text: "`state MASTER` takes the VIP as soon as keepalived starts; BACKUP everywhere makes it move only when its holder dies.",
  },
  {
    id: "004/kill-9-releases-vip",
    text: "`kill -9` of the process in keepalived's pid file ends keepalived, and the VIP goes to the other node.",
  },
  {
    id: "004/mysqld-down-kills",
    text: "A failed TCP check runs the script that kills keepalived.",
  },
  {
    id: "004/starts",
    text: "keepalived starts with the document's configuration.",
  },
];
