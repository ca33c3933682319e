/** What has to be true before a drill may begin. */

/**
 * `one-holder`: each VIP has exactly one holder whose adverts are heard. `services-started`: the services
 * were started, whatever became of them; for drills that show how they do not come up.
 */
export type SettlesTo = "one-holder" | "services-started";
