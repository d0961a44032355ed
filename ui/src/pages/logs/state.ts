/** What the page shows is what its address says. */
import type { Datasets, Row } from '../../api/types';
import { refresh, relative } from '../../app/range';
import { param, setParams } from '../../app/router';
import { defaultColumns, formatColumns, parseColumns } from '../../lib/columns';
import { splitPipes, withPipes } from '../../lib/query';
import { rowKey } from '../../lib/record';

export const DATASETS: { value: Datasets; label: string; noun: string }[] = [
  { value: 'logs', label: 'Logs', noun: 'line' },
  { value: 'spans', label: 'Spans', noun: 'span' },
  { value: 'errors', label: 'Errors', noun: 'error event' },
  { value: 'all', label: 'All', noun: 'record' },
];

export interface Asked {
  dataset: Datasets;
  noun: string;
  q: string;
  order: 'asc' | 'desc';
  live: boolean;
  /** The opened record. */
  row: string;
  /** The record whose surroundings are shown. */
  around: string;
  columns: string[];
  wrap: boolean;
}

/** Records on the page that no search answered: of a live tail, or around one. */
export interface Shown {
  rows: Row[];
  columns: string[];
}

export function asked(): Asked {
  const set = DATASETS.find((d) => d.value === param('dataset')) ?? DATASETS[0]!;
  const columns = parseColumns(param('cols'));
  return {
    dataset: set.value,
    noun: set.noun,
    q: param('q'),
    order: param('order') === 'asc' ? 'asc' : 'desc',
    live: param('live') === '1',
    row: param('row'),
    around: param('around'),
    columns: columns.length ? columns : defaultColumns(set.value),
    wrap: param('wrap') === '1',
  };
}

/** The columns of records, on the page as in a file: what `| fields` chose, else those of the address. */
export function columnsOf(asked: Asked, answer: { fields: string[] | null } | undefined): string[] {
  return answer?.fields ?? asked.columns;
}

/** What every list of records takes from the address; columns that the question chose are its own to change. */
export function listProps(asked: Asked, answer: { fields: string[] | null } | undefined) {
  return {
    q: asked.q,
    columns: columnsOf(asked, answer),
    onColumns: answer?.fields ? undefined : (c: string[]) => setColumns(asked.dataset, c),
    wrap: asked.wrap,
    open: asked.row,
    onOpen: openRow,
  };
}

export function submitQuery(q: string): void {
  setParams({ q, row: null, around: null, sort: null });
  if (relative.peek()) refresh();
}

export function setDataset(dataset: Datasets): void {
  setParams({ dataset: dataset === 'logs' ? null : dataset, row: null, around: null, sort: null, cols: null });
}

export function setColumns(dataset: Datasets, columns: string[]): void {
  const text = formatColumns(columns);
  setParams({ cols: text === formatColumns(defaultColumns(dataset)) ? null : text }, { replace: true });
}

/** A live tail has no end to count or sort to: of the pipes it keeps those that choose fields. */
export function toggleLive(asked: Asked): void {
  const { head, pipes } = splitPipes(asked.q);
  const kept = /^\|\s*fields\b[^|]*$/.test(pipes) ? pipes : '';
  setParams(asked.live ? { live: null } : { live: '1', around: null, q: withPipes(head, kept) });
}

export function openRow(row: Row | null): void {
  setParams({ row: row ? rowKey(row) : null }, { replace: true });
}

export function showAround(key: string | null): void {
  setParams({ around: key, scope: null, row: key ?? param('row') });
}
