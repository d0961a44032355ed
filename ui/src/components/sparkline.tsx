/** Word-sized charts in SVG: they say a shape, the number beside them says the value. */

interface Shape {
  values: (number | null)[];
  width?: number;
  height?: number;
  tone?: 'accent' | 'error' | 'muted';
  label: string;
}

export function Sparkline({ values, width = 110, height = 24, tone = 'accent', label }: Shape) {
  const known = values.filter((v): v is number => v !== null);
  const max = Math.max(...known, 0);
  if (!known.length || values.length < 2) return <span class="dim spark-none">–</span>;
  const x = (i: number) => (i / (values.length - 1)) * width;
  const y = (v: number) => height - 1.5 - (max ? (v / max) * (height - 4) : 0);
  let line = '';
  let area = '';
  let from = -1;
  values.forEach((v, i) => {
    if (v === null) {
      if (from >= 0) area += `L${x(i - 1).toFixed(1)} ${height}L${x(from).toFixed(1)} ${height}Z`;
      from = -1;
      return;
    }
    const point = `${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    line += `${from < 0 ? 'M' : 'L'}${point}`;
    area += `${from < 0 ? 'M' : 'L'}${point}`;
    if (from < 0) from = i;
  });
  if (from >= 0) area += `L${x(values.length - 1).toFixed(1)} ${height}L${x(from).toFixed(1)} ${height}Z`;
  return (
    <svg class={`spark spark-${tone}`} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} fill="none" />
    </svg>
  );
}

export function SparkBars({ values, width = 120, height = 24, tone = 'accent', label }: Shape) {
  const max = Math.max(...values.map((v) => v ?? 0), 1);
  const step = width / Math.max(values.length, 1);
  return (
    <svg class={`spark spark-${tone}`} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {values.map((v, i) => {
        const h = v ? Math.max(2, (v / max) * (height - 2)) : 1;
        return (
          <rect
            key={i}
            class={v ? 'spark-bar' : 'spark-zero'}
            x={(i * step).toFixed(2)}
            y={(height - h).toFixed(2)}
            width={Math.max(1, step - 1).toFixed(2)}
            height={h.toFixed(2)}
          />
        );
      })}
    </svg>
  );
}
