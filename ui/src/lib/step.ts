/** Steps of time series that people count in. */
const STEPS: [number, string][] = [
  [1, '1s'], [2, '2s'], [5, '5s'], [10, '10s'], [15, '15s'], [30, '30s'],
  [60, '1m'], [120, '2m'], [300, '5m'], [600, '10m'], [900, '15m'], [1800, '30m'],
  [3600, '1h'], [7200, '2h'], [10_800, '3h'], [21_600, '6h'], [43_200, '12h'], [86_400, '1d'],
];

/** The shortest step that makes at most `points` of the range, as the language writes it. */
export function stepFor(rangeMs: number, points = 90): string {
  const wanted = rangeMs / 1000 / points;
  return (STEPS.find(([s]) => s >= wanted) ?? STEPS.at(-1)!)[1];
}
