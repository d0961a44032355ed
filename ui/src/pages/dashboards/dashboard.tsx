/** One dashboard: its choices, its rows of panels; or its text, to change it. */
import { useState } from 'preact/hooks';
import { getDashboard } from '../../api/endpoints';
import type { Dashboard, DashboardAnswer } from '../../api/types';
import { relative, resolved } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Icon } from '../../components/icon';
import { useReleases } from '../../components/prom/releases';
import { Async, Empty, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { useHotkeys } from '../../lib/hotkeys';
import type { Grid } from '../../lib/promlines';
import { metricNames } from '../../lib/promql';
import { autoStep } from '../../lib/step';
import { Edit, NewDashboard } from './edit';
import { Panel, type Frame } from './panel';
import { chosenOf, useOffered, Variables } from './variables';
import './dashboards.css';

/** Panels are half as wide as the page. */
const POINTS = 200;

export default function DashboardPage({ id }: { id: string }) {
  return id === 'new' ? <NewDashboard /> : <Existing id={id} />;
}

function Existing({ id }: { id: string }) {
  const found = useData((s) => getDashboard(id, s), [id]);
  const title = found.data ? (found.data.name ?? found.data.dashboard?.title ?? id) : 'Dashboard';
  return (
    <Page
      title={title}
      head={
        <Crumbs parent="Dashboards" to={href('/dashboards')}>
          {title}
        </Crumbs>
      }
    >
      <Async of={found} loading={<Loading lines={8} />}>
        {(d) => (param('edit') === '1' || !d.dashboard ? <Edit key={String(!d.dashboard)} of={d} onSaved={found.reload} /> : <Board of={d} dashboard={d.dashboard} />)}
      </Async>
    </Page>
  );
}

function Board({ of, dashboard: d }: { of: DashboardAnswer; dashboard: Dashboard }) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const w = resolved.value;
  const { offered, ready } = useOffered(d.variables, w);
  const marks = useReleases(w, true);
  const step = autoStep(w.endMs - w.startMs, POINTS);
  // What is not over yet has no last step: its rates would fall.
  const endS = (relative.value ? Math.floor : Math.ceil)(w.endMs / 1000 / step) * step;
  const grid: Grid = { startS: Math.floor(w.startMs / 1000 / step) * step, endS, step };
  const frame: Frame = { window: w, grid, variables: d.variables, chosen: chosenOf(d.variables, offered), marks };
  useHotkeys({ e: () => setParams({ edit: '1' }) });
  const fold = (i: number) => {
    const next = new Set(folded);
    if (!next.delete(i)) next.add(i);
    setFolded(next);
  };
  const first = d.variables[0];
  const nothing = ready && !!first && offered[first.name]?.values.length === 0 && !offered[first.name]?.error;
  return (
    <>
      <div class="toolbar board-bar">
        <Variables variables={d.variables} offered={offered} />
        <span class="grow" />
        <button class="button" onClick={() => setParams({ edit: '1' })} title={of.is_mine ? 'Change it (e)' : 'Its text; save one of your own (e)'}>
          <Icon name="edit" size={14} /> {of.is_mine ? 'Edit' : 'Copy'}
        </button>
      </div>
      {d.description && <p class="board-description dim">{d.description}</p>}
      {!ready && first && <Loading lines={6} />}
      {nothing && (
        <div class="panel board-nothing">
          <Empty title="No metrics of this dashboard in this time range" icon="metrics">
            <p>
              There is no series of <code>{metricNames(first.of)[0] ?? first.of}</code> in it. Choose another time range, scrape what has it, or send it over OTLP or remote write.
            </p>
            <a class="button" href={href('/start')}>
              Get started
            </a>
          </Empty>
        </div>
      )}
      {(ready || !first) &&
        !nothing &&
        d.rows.map((row, i) => (
          <section key={i} class="board-row">
            {row.title && (
              <h2>
                <button class="plain" aria-expanded={!folded.has(i)} onClick={() => fold(i)}>
                  <Icon name={folded.has(i) ? 'right' : 'down'} size={12} /> {row.title}
                </button>
              </h2>
            )}
            {!folded.has(i) && (
              <div class="board-grid">
                {row.panels.map((p, n) => (
                  <Panel key={n} of={p} frame={frame} />
                ))}
              </div>
            )}
          </section>
        ))}
    </>
  );
}
