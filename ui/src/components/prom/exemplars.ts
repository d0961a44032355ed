/** Exemplars: single requests behind a histogram or a counter, as dots that open their traces. */
import { asApiError, isAbort } from '../../api/client';
import { queryExemplars, type Exemplar } from '../../api/prom';
import { href } from '../../app/router';
import { useData } from '../../lib/data';
import { parseSample } from '../../lib/promql';
import { commonUnit, formatUnit, guessUnit, type Unit } from '../../lib/promunits';
import { clockTime } from '../../lib/time';
import type { ChartDot } from '../chart';
import type { Query } from './results';

/** As many as can be told apart; the largest values are kept. */
const MOST = 150;

export interface Exemplars {
  byLetter: ReadonlyMap<string, Exemplar[]>;
  /** Why they are not all there. */
  failed: string;
}

const NONE: Exemplars = { byLetter: new Map(), failed: '' };

/**
 * Each query by itself: one that fails leaves the dots of the others. What has no trace leads nowhere and is left out. A
 * query that is wrong has said so itself.
 */
export async function askExemplars(queries: Query[], ask: (text: string) => Promise<{ exemplars: Exemplar[] }[]>): Promise<Exemplars> {
  const failures: string[] = [];
  const one = async (q: Query): Promise<[string, Exemplar[]]> => {
    try {
      return [q.letter, (await ask(q.text)).flatMap((l) => l.exemplars).filter((e) => traceOf(e))];
    } catch (e) {
      if (isAbort(e)) throw e;
      const error = asApiError(e);
      if (error.code !== 'bad_data') failures.push(error.message);
      return [q.letter, []];
    }
  };
  const lists = await Promise.all(queries.map(one));
  return { byLetter: new Map(lists), failed: failures[0] ?? '' };
}

export function useExemplars(queries: Query[], startS: number, endS: number, on: boolean): Exemplars {
  const asked = JSON.stringify(queries.map((q) => [q.letter, q.text]));
  const found = useData(
    async (s) => (on ? askExemplars(queries, (text) => queryExemplars(text, startS, endS, s)) : NONE),
    [asked, startS, endS, on],
  );
  return (on && found.data) || NONE;
}

export function traceOf(e: Exemplar): string {
  return e.labels.trace_id ?? e.labels.traceID ?? e.labels.TraceID ?? '';
}

/**
 * Dots of a chart. Where its values are of the exemplars' own unit they lie at their value; a rate counts requests and has
 * no place for a request's duration: there they lie on the floor.
 */
export function dotsOf(exemplars: Exemplars, queries: Query[], axis: Unit): ChartDot[] {
  const all = queries.flatMap((q) => {
    const own = unitOfExemplars(q.text);
    const write = formatUnit(own);
    return (exemplars.byLetter.get(q.letter) ?? []).map((e) => {
      const value = parseSample(e.value);
      return { time: e.timestamp, value: own === axis && own !== 'number' ? value : null, size: value, label: `${write(value)} at ${clockTime(e.timestamp * 1000)}: open the trace ${traceOf(e).slice(0, 8)}…`, href: href(`/traces/${encodeURIComponent(traceOf(e))}`) };
    });
  });
  return all.sort((a, b) => b.size - a.size).slice(0, MOST);
}

/** What an exemplar of the query's histogram measures: as a quantile of it. */
export function unitOfExemplars(query: string): Unit {
  const units = [...query.matchAll(/([a-zA-Z_:][\w:]*)_bucket\b/g)].map((m) => guessUnit(m[1]!));
  return commonUnit(units);
}
