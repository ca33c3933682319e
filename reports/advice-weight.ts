/** What orders advice: a danger to the data outweighs any time; then microseconds count. */
export const WEIGHT = { data: 4e12, service: 3e12, time: 0, remark: -1e12 } as const;
