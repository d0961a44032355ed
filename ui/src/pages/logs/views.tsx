/** Saved views: questions with their dataset, columns and, where wanted, their time. */
import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';
import { addView, listViews, removeView, setView } from '../../api/endpoints';
import type { NewView, View } from '../../api/types';
import { range } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Icon } from '../../components/icon';
import { Popup } from '../../components/popup';
import { Async, ErrorBox, Loading } from '../../components/states';
import { useData, type Data } from '../../lib/data';
import { defaultColumns, formatColumns } from '../../lib/columns';
import { parseRangeText, type Range } from '../../lib/range';
import { serverNow } from '../../api/client';
import type { Asked } from './state';

export function Views({ asked }: { asked: Asked }) {
  const views = useData((s) => listViews(s), []);
  const open = views.data?.views.find((v) => String(v.id) === param('view'));
  const changed = open ? !isShown(open, asked) : false;
  return (
    <Popup
      class="button"
      label="Saved views"
      title={open ? `Saved view “${open.name}”${changed ? ', changed since' : ''}` : 'Saved views'}
      panel="views"
      face={
        <>
          <Icon name="star" size={14} />
          <span class="views-name">{open ? `${open.name}${changed ? ' *' : ''}` : 'Views'}</span>
          <Icon name="down" size={11} />
        </>
      }
    >
      {(close) => <Panel asked={asked} views={views} open={open} changed={changed} close={close} />}
    </Popup>
  );
}

/** The range as it is kept: what the time picker takes. */
function rangeText(r: Range): string {
  return r.end === 'now' && r.start.startsWith('now-') ? r.start.slice(4) : r.end === 'now' ? `since ${r.start}` : `${r.start} to ${r.end}`;
}

/** Empty: as the dataset has them. */
function ownColumns(asked: Asked): string[] {
  return formatColumns(asked.columns) === formatColumns(defaultColumns(asked.dataset)) ? [] : asked.columns;
}

function isShown(view: View, asked: Asked): boolean {
  return view.query === asked.q && view.dataset === asked.dataset && view.columns.join('\n') === ownColumns(asked).join('\n') && (!view.range || view.range === rangeText(range.value));
}

export function viewHref(view: View): string {
  const parsed = view.range ? parseRangeText(view.range, serverNow()) : null;
  const time = parsed && 'range' in parsed ? { start: parsed.range.start, end: parsed.range.end } : {};
  return href('/logs', {
    view: view.id,
    q: view.query,
    dataset: view.dataset === 'logs' ? null : view.dataset,
    cols: view.columns.length ? formatColumns(view.columns) : null,
    ...time,
  });
}

interface PanelProps {
  asked: Asked;
  views: Data<{ views: View[] }>;
  open: View | undefined;
  changed: boolean;
  close: () => void;
}

function Panel({ asked, views, open, changed, close }: PanelProps) {
  const [error, setError] = useState<ApiError | null>(null);
  const [asking, setAsking] = useState(0);
  const run = async (work: () => Promise<View | void>, then: (v: View | void) => void = () => {}) => {
    setError(null);
    try {
      then(await work());
      views.reload();
    } catch (e) {
      setError(asApiError(e));
    }
  };
  const current = (name: string, shared: boolean, withTime: boolean): NewView => ({
    name,
    query: asked.q,
    dataset: asked.dataset,
    range: withTime ? rangeText(range.value) : '',
    columns: ownColumns(asked),
    shared,
  });
  return (
    <>
      {error && <ErrorBox error={error} />}
      <Async of={views} loading={<Loading lines={3} />}>
        {(d) => (
          <>
            {d.views.length === 0 && <p class="dim views-none">None yet. Save a question here to have it at hand.</p>}
            <ul class="views-list">
              {d.views.map((v) => (
                <li key={v.id} aria-current={v.id === open?.id ? 'true' : undefined}>
                  <a class="menu-item" href={viewHref(v)} onClick={() => close()} title={`${v.query || 'everything'}${v.range ? ` — ${v.range}` : ''}`}>
                    <span class="menu-text">{v.name}</span>
                    <span class="dim">{v.is_mine ? (v.shared ? 'shared' : '') : v.owner}</span>
                  </a>
                  {v.is_mine &&
                    (asking === v.id ? (
                      <button class="button small danger" onClick={() => void run(() => removeView(v.id), () => v.id === open?.id && setParams({ view: null }, { replace: true }))}>
                        Delete
                      </button>
                    ) : (
                      <button class="icon-button" aria-label={`Delete “${v.name}”`} title="Delete" onClick={() => setAsking(v.id)}>
                        <Icon name="trash" size={14} />
                      </button>
                    ))}
                </li>
              ))}
            </ul>
          </>
        )}
      </Async>
      <hr class="menu-rule" />
      {open?.is_mine && changed && (
        <button class="menu-item" onClick={() => void run(() => setView(open.id, current(open.name, open.shared, !!open.range)), () => close())}>
          <span class="menu-text">Keep the changes in “{open.name}”</span>
        </button>
      )}
      <SaveForm
        onSave={(name, shared, withTime) =>
          void run(
            () => addView(current(name, shared, withTime)),
            (v) => {
              if (v) setParams({ view: v.id }, { replace: true });
              close();
            },
          )
        }
      />
    </>
  );
}

function SaveForm({ onSave }: { onSave: (name: string, shared: boolean, withTime: boolean) => void }) {
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [withTime, setWithTime] = useState(false);
  return (
    <form
      class="views-form"
      onSubmit={(e) => {
        e.preventDefault();
        if (name.trim()) onSave(name.trim(), shared, withTime);
      }}
    >
      <input class="input" aria-label="Name of the view" placeholder="Save this question as…" value={name} maxLength={200} onInput={(e) => setName(e.currentTarget.value)} />
      <label class="inline-field">
        <input type="checkbox" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} /> for everybody
      </label>
      <label class="inline-field">
        <input type="checkbox" checked={withTime} onChange={(e) => setWithTime(e.currentTarget.checked)} /> with the time range
      </label>
      <button class="button primary" disabled={!name.trim()}>
        Save
      </button>
    </form>
  );
}
