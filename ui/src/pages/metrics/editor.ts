/**
 * The PromQL editor: CodeMirror with Prometheus's own language support. It lives in a shadow root, because there its
 * styles become constructed style sheets; as <style> elements the page's Content-Security-Policy would refuse them.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension, type PrometheusClient } from '@prometheus-io/codemirror-promql';
import { labelNames, labelValues, series } from '../../api/prom';

export interface PromEditor {
  text: () => string;
  setText: (text: string) => void;
  destroy: () => void;
}

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
  const promql = new PromQLExtension().activateLinter(true).setComplete({ remote: client(), maxMetricsMetadata: 2000 });
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
    destroy: () => view.destroy(),
  };
}

/** Escape leaves the editor, so that the page's shortcuts are in reach again. */
function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

/** Completion data from our API; what cannot be had is simply not offered. */
function client(): PrometheusClient {
  const cache = new Map<string, { at: number; value: Promise<string[]> }>();
  const cached = (key: string, load: () => Promise<string[]>) => {
    const hit = cache.get(key);
    if (hit && Date.now() - hit.at < 60_000) return hit.value;
    const value = load().catch(() => {
      cache.delete(key);
      return [];
    });
    cache.set(key, { at: Date.now(), value });
    return value;
  };
  const of = async (metric: string) => series(metric).catch(() => []);
  return {
    metricNames: () => cached('names', () => labelValues('__name__')),
    labelNames: (metric) =>
      cached(`labels ${metric ?? ''}`, async () => {
        if (!metric) return labelNames();
        return [...new Set((await of(metric)).flatMap(Object.keys))].sort();
      }),
    labelValues: (label, metric) =>
      cached(`values ${label} ${metric ?? ''}`, async () => {
        if (!metric) return labelValues(label);
        return [...new Set((await of(metric)).map((s) => s[label]).filter((v): v is string => v !== undefined))].sort();
      }),
    series: async (metric) => (await of(metric)).map((s) => new Map(Object.entries(s))),
    metricMetadata: async () => ({}),
    flags: async () => ({}),
  };
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
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '280px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', fontSize: '12px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '650', color: 'var(--accent)' },
  '.cm-tooltip-lint, .cm-diagnostic': { fontFamily: 'var(--font)', fontSize: '12px' },
  '.cm-diagnostic': { padding: '4px 8px' },
});
