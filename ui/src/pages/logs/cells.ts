/** What stands in one column of one record. */
import type { Row } from '../../api/types';
import { DATASET, LEVEL, SERVICE } from '../../lib/columns';
import { duration, valueText } from '../../lib/format';
import { severity } from '../../lib/color';
import { levelOf, serviceOf } from '../../lib/record';

const levelName = (number: unknown) => (Number(number) >= 1 ? severity('', number) : '');

export function cellText(row: Row, column: string): string {
  if (column === LEVEL) return levelOf(row) || levelName(row.fields.severity_number);
  if (column === SERVICE) return serviceOf(row);
  if (column === DATASET) return row.dataset ?? 'logs';
  const v = row.fields[column];
  if (v === undefined || v === null) return '';
  if (column.endsWith('duration_ns')) return duration(Number(v) / 1e6);
  return valueText(v);
}
