/**
 * Milliseconds until a call on a share counts as not answered. Well over the 2 s by which Windows Server delays a login
 * that failed; what carries bytes has the time that 8 MiB take over a line of 1 Mbit/s.
 */
export const patience = { quick: 20_000, data: 120_000 } as const;
