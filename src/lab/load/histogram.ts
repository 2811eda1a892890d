/** Each bucket is this much wider than the one before, so a percentile is off by 2 % at most. */
const growth = 1.02;

/** Counts times in milliseconds, in the same space however many there are. */
export function histogram() {
  const buckets = new Map<number, number>();
  let total = 0;
  return {
    add(milliseconds: number): void {
      const bucket = Math.ceil(Math.log(Math.max(milliseconds, 0.1)) / Math.log(growth));
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      total++;
    },
    /** The time that this share of all (0 to 1) did not exceed; `null` when there is none. */
    percentile(share: number): number | null {
      let seen = 0;
      for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
        seen += count;
        if (seen >= share * total) return Math.round(growth ** bucket * 10) / 10;
      }
      return null;
    },
  };
}
