/**
 * The PromQL editor: CodeMirror with Prometheus's own language support. It lives in a shadow root, because there its
 * styles become constructed style sheets; as <style> elements the page's Content-Security-Policy would refuse them.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { forceLinting, linter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { EditorState, Prec, StateEffect } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { EqlRegex, EqlSingle, Neq, NeqRegex } from '@prometheus-io/lezer-promql';
import { PromQLExtension, type PrometheusClient } from '@prometheus-io/codemirror-promql';
import type { Matcher } from '@prometheus-io/codemirror-promql/dist/esm/types';
import { labelNames, labelValues, metadata, series } from '../../api/prom';
import type { Note } from '../../components/prom/notes';

/** Completion asks for no more than these; of more metrics it asks again with what was typed of one. */
const MOST_NAMES = 5000;
const MOST_VALUES = 1000;

export interface PromEditor {
  text: () => string;
  setText: (text: string) => void;
  focus: () => void;
  /** What the server said of `text`; shown at its place for as long as that is what the editor holds. */
  setNotes: (text: string, notes: Note[]) => void;
  destroy: () => void;
}

/** The server has said something new of the text. */
const answered = StateEffect.define<null>();

interface Options {
  text: string;
  label: string;
  onRun: (text: string) => void;
}

export function createEditor(host: HTMLElement, options: Options): PromEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const run = (view: EditorView) => {
    options.onRun(view.state.doc.toString().trim());
    return true;
  };
  const promql = new PromQLExtension().activateLinter(true).setComplete({ remote: client(), maxMetricsMetadata: MOST_NAMES });
  let said: { text: string; notes: Note[] } = { text: '', notes: [] };
  const state = EditorState.create({
    doc: options.text,
    extensions: [
      history(),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ icons: false }),
      EditorView.lineWrapping,
      placeholder('A PromQL query, such as sum by (view) (rate(django_http_requests_total_by_view_transport_method_total[5m]))'),
      EditorView.contentAttributes.of({ 'aria-label': options.label }),
      promql.asExtension(),
      linter((view) => diagnostics(view.state, said.text, said.notes), { needsRefresh: (u) => u.transactions.some((t) => t.effects.some((e) => e.is(answered))) }),
      Prec.high(keymap.of([{ key: 'Enter', run }, { key: 'Shift-Enter', run: insertNewlineAndIndent }, { key: 'Escape', run: leave }])),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
      syntaxHighlighting(colors),
      look,
    ],
  });
  const view = new EditorView({ state, parent: root, root: root as ShadowRoot });
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    setNotes: (text, notes) => {
      said = { text, notes };
      view.dispatch({ effects: answered.of(null) });
      forceLinting(view);
    },
    destroy: () => view.destroy(),
  };
}

/** The word at the place, or the one character there. */
function diagnostics(state: EditorState, text: string, notes: Note[]): Diagnostic[] {
  if (state.doc.toString().trim() !== text) return [];
  const lead = state.doc.toString().length - state.doc.toString().trimStart().length;
  return notes.flatMap((n) => {
    if (n.at === null) return [];
    const from = Math.min(state.doc.length, n.at + lead);
    const word = state.wordAt(from);
    const to = word && word.from === from ? word.to : Math.min(state.doc.length, from + 1);
    return [{ from: from === to ? Math.max(0, from - 1) : from, to, severity: n.level, message: n.text }];
  });
}

/** Escape leaves the editor, so that the page's shortcuts are in reach again. */
function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

/** The selector that is being written, as far as it is whole: its values are those of the series it would select. */
function selectorOf(metric: string, matchers: Matcher[] = []): string {
  const quoted = [...(metric ? [`__name__=${JSON.stringify(metric)}`] : []), ...matchers.filter((m) => m.value !== '' && m.name !== '__name__').map((m) => `${m.name}${operatorOf(m)}${JSON.stringify(m.value)}`)];
  return quoted.length ? `{${quoted.join(',')}}` : '';
}

/** Matchers come with the parser's name of their operator. */
function operatorOf(m: Matcher): string {
  return { [EqlSingle]: '=', [Neq]: '!=', [EqlRegex]: '=~', [NeqRegex]: '!~' }[m.type] ?? '=';
}

/** Completion data from our API; what cannot be had is simply not offered. */
function client(): PrometheusClient {
  const cache = new Map<string, { at: number; value: Promise<unknown> }>();
  const cached = <T>(key: string, load: () => Promise<T>, none: T): Promise<T> => {
    const hit = cache.get(key);
    if (hit && Date.now() - hit.at < 60_000) return hit.value as Promise<T>;
    const value = load().catch(() => {
      cache.delete(key);
      return none;
    });
    if (cache.size > 200) cache.clear();
    cache.set(key, { at: Date.now(), value });
    return value;
  };
  const namesLike = async (prefix: string) => {
    const all = await cached('names', () => labelValues('__name__', '', MOST_NAMES), { items: [], cut: false });
    if (!all.cut || !prefix) return all.items;
    const like = prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return (await cached(`names ${prefix}`, () => labelValues('__name__', `{__name__=~${JSON.stringify(`.*${like}.*`)}}`, MOST_NAMES), all)).items;
  };
  return {
    metricNames: (prefix) => namesLike(prefix ?? ''),
    labelNames: (metric) => cached(`labels ${metric ?? ''}`, async () => (await labelNames(selectorOf(metric ?? ''), MOST_VALUES)).items.filter((l) => !metric || l !== '__name__'), []),
    labelValues: (label, metric, matchers) => {
      const selector = selectorOf(metric ?? '', matchers?.filter((m) => m.name !== label));
      return cached(`values ${label} ${selector}`, async () => (await labelValues(label, selector, MOST_VALUES)).items, []);
    },
    series: (metric, matchers) => cached(`series ${selectorOf(metric, matchers)}`, async () => (await series(selectorOf(metric, matchers), MOST_VALUES)).map((s) => new Map(Object.entries(s))), []),
    metricMetadata: () => cached('metadata', async () => withTotals(await metadata()), {}),
    flags: async () => ({}),
  };
}

/** Families of counters are named without `_total`; who completes one has it. */
function withTotals<T extends { type: string }>(all: Record<string, T[]>): Record<string, T[]> {
  const out = { ...all };
  for (const [name, entries] of Object.entries(all)) if (entries[0]?.type === 'counter' && !name.endsWith('_total')) out[`${name}_total`] ??= entries;
  return out;
}

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--code-key)' },
  { tag: tags.function(tags.variableName), color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool], color: 'var(--code-number)' },
  { tag: tags.labelName, color: 'var(--info)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--error)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { padding: '5px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 8px' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--border-strong)',
    borderRadius: '6px',
    boxShadow: 'var(--shadow-pop)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '280px', borderRadius: '6px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', fontSize: '12px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-tooltip.cm-completionInfo': { maxWidth: '340px', padding: '6px 10px', fontFamily: 'var(--font)', fontSize: '12px', color: 'var(--text-2)' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--error-fill)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--warn-fill)' },
  '.cm-diagnostic-info': { borderLeft: '3px solid var(--info-fill)' },
  '.cm-lintRange': { backgroundImage: 'none', textDecoration: 'underline wavy 1px', textUnderlineOffset: '3px' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecorationColor: 'var(--error)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecorationColor: 'var(--warn)' },
  '.cm-lintRange-info': { backgroundImage: 'none', textDecorationColor: 'var(--info)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '650', color: 'var(--accent)' },
  '.cm-tooltip-lint, .cm-diagnostic': { fontFamily: 'var(--font)', fontSize: '12px' },
  '.cm-diagnostic': { padding: '4px 8px' },
});
