/** How far back a page looks whose counts are of days, not of the minutes that the time picker is made for: `period` in the URL. */
import { param, setParams } from '../app/router';
import { Segmented } from './bits';

export const PERIODS = ['24h', '7d', '14d', '30d', '90d'] as const;
export type Period = (typeof PERIODS)[number];

const WORDS: Record<Period, string> = { '24h': '24 hours', '7d': '7 days', '14d': '14 days', '30d': '30 days', '90d': '90 days' };

export const periodWords = (p: Period) => WORDS[p];

export function periodOf(usual: Period): Period {
  return PERIODS.find((p) => p === param('period')) ?? usual;
}

/** As the API takes it. */
export const startOf = (p: Period) => `now-${p}`;

export function PeriodPicker({ value, usual, of = PERIODS }: { value: Period; usual: Period; of?: readonly Period[] }) {
  return (
    <Segmented<Period>
      label="Looked at"
      value={value}
      options={of.map((p) => ({ value: p, label: p.replace(/(\d+)/, '$1 '), title: `The last ${WORDS[p]}` }))}
      onChange={(p) => setParams({ period: p === usual ? null : p, offset: null }, { replace: true })}
    />
  );
}
