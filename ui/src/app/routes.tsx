/** Path → page. The overview is in the first chunk's company; the others come when they are opened. */
import type { ComponentChildren } from 'preact';
import { Empty } from '../components/states';
import { href, path } from './router';
import { Page } from './shell';
import { lazy } from './lazy';

const Overview = lazy(() => import('../pages/overview/overview'));
const Start = lazy(() => import('../pages/start/start'));
const Issues = lazy(() => import('../pages/issues/issues'));
const IssuePage = lazy<{ id: number; eventId: string | null; view: string }>(() => import('../pages/issue/issue'));
const Logs = lazy(() => import('../pages/logs/logs'));
const Traces = lazy(() => import('../pages/traces/traces'));
const TracePage = lazy<{ id: string }>(() => import('../pages/trace/trace'));
const MapPage = lazy(() => import('../pages/map/map'));
const Metrics = lazy(() => import('../pages/metrics/metrics'));
const Dashboards = lazy(() => import('../pages/dashboards/list'));
const DashboardPage = lazy<{ id: string }>(() => import('../pages/dashboards/dashboard'));
const SeriesPage = lazy(() => import('../pages/series/series'));
const Linked = lazy<{ id: string }>(() => import('../pages/linked/linked'));
const ReleasePages = lazy<{ view: 'list' | 'one' | 'compare' }>(() => import('../pages/releases/pages'));
const CronPages = lazy<{ id: number | null }>(() => import('../pages/crons/pages'));
const Project = lazy<{ view: string }>(() => import('../pages/project/project'));
const Settings = lazy<{ view: string }>(() => import('../pages/settings/settings'));

type Render = (m: string[]) => ComponentChildren;

const ROUTES: [RegExp, Render][] = [
  [/^\/$/, () => <Overview />],
  [/^\/start$/, () => <Start />],
  [/^\/issues$/, () => <Issues />],
  [/^\/issues\/(\d+)$/, ([id]) => <IssuePage key={id} id={Number(id)} eventId={null} view="event" />],
  [/^\/issues\/(\d+)\/(all-events|activity|grouping|feedback)$/, ([id, view]) => <IssuePage key={id} id={Number(id)} eventId={null} view={view!} />],
  [/^\/issues\/(\d+)\/events\/([^/]+)$/, ([id, event]) => <IssuePage key={id} id={Number(id)} eventId={event!} view="event" />],
  [/^\/logs$/, () => <Logs />],
  [/^\/traces$/, () => <Traces />],
  [/^\/traces\/([^/]+)$/, ([id]) => <TracePage key={id} id={id!} />],
  [/^\/map$/, () => <MapPage />],
  [/^\/explore$/, () => <Metrics />],
  [/^\/series$/, () => <SeriesPage />],
  [/^\/dashboards$/, () => <Dashboards />],
  [/^\/dashboards\/([^/]+)$/, ([id]) => <DashboardPage key={id} id={id!} />],
  [/^\/releases$/, () => <ReleasePages view="list" />],
  [/^\/releases\/compare$/, () => <ReleasePages view="compare" />],
  // A version is no part of the path: `shop@1.4.0` would be asked for as a file.
  [/^\/release$/, () => <ReleasePages view="one" />],
  [/^\/crons$/, () => <CronPages id={null} />],
  [/^\/crons\/(\d+)$/, ([id]) => <CronPages id={Number(id)} />],
  [/^\/id\/([^/]+)$/, ([id]) => <Linked key={id} id={id!} />],
  [/^\/project(?:\/(limits|scrubbing|grouping|discarded|feedback))?$/, ([view]) => <Project view={view ?? ''} />],
  [/^\/settings(?:\/(tokens|account))?$/, ([view]) => <Settings view={view ?? 'status'} />],
];

export function Routes() {
  const at = path.value.length > 1 ? path.value.replace(/\/+$/, '') : path.value;
  for (const [pattern, render] of ROUTES) {
    const m = pattern.exec(at);
    if (m) return <>{render(m.slice(1).map((s) => (s === undefined ? s : decode(s))) as string[])}</>;
  }
  return (
    <Page title="Page not found" timed={false}>
      <Empty title="There is no page at this address">
        <a class="button" href={href('/')}>
          Go to the overview
        </a>
      </Empty>
    </Page>
  );
}

function decode(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}
