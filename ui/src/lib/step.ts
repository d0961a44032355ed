/** Steps of time series that people count in. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const DAY = 86_400;

/** A round step (seconds) that gives at most about `points` points, never under 1 s; beyond a day, whole days. */
export function autoStep(rangeMs: number, points: number): number {
  const rough = rangeMs / 1000 / points;
  return STEPS.find((s) => s >= rough) ?? Math.ceil(rough / DAY) * DAY;
}

/** As PromQL and the search language write it. */
export function stepText(seconds: number): string {
  if (seconds % DAY === 0) return `${seconds / DAY}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  if (seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}
