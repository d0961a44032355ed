/** A calculated value with the unit its column has. */
import type { Cell, Column } from '../api/types';
import { bytes, duration, integer, rate, sample, valueText } from './format';

const MS: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000 };

export function withUnit(cell: Cell, column: Pick<Column, 'unit' | 'type'>): string {
  if (cell === null) return '–';
  if (typeof cell !== 'number') return valueText(cell);
  const ms = MS[column.unit];
  if (ms !== undefined) return duration(cell * ms);
  if (column.unit === 'per_second') return rate(cell);
  if (column.unit === 'percent') return `${sample(cell)} %`;
  if (column.unit === 'bytes') return bytes(cell);
  return Number.isInteger(cell) && Math.abs(cell) < 1e12 ? integer(cell) : sample(cell);
}
