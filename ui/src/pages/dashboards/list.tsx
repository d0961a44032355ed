/** The dashboards there are: with the program, in the configured folder, saved by people. */
import { listDashboards } from '../../api/endpoints';
import type { DashboardSummary } from '../../api/types';
import { href, navigate } from '../../app/router';
import { Page } from '../../app/shell';
import { Badge } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Async, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { useRows } from '../../lib/rows';
import './dashboards.css';

export default function Dashboards() {
  const found = useData((s) => listDashboards(s), []);
  return (
    <Page title="Dashboards">
      <Async of={found} loading={<Loading lines={8} />}>
        {(d) => (
          <>
            <div class="toolbar boards-bar">
              <span class="dim">Those that come with Tripod, those of its folder, and those people saved here.</span>
              <span class="grow" />
              <a class="button" href={href('/dashboards/new')}>
                <Icon name="plus" size={14} /> New dashboard
              </a>
            </div>
            {d.troubles.length > 0 && (
              <ul class="notes">
                {d.troubles.map((t) => (
                  <li key={t.file} class="bad">
                    <code>{t.file}</code>: {t.message}
                  </li>
                ))}
              </ul>
            )}
            <List of={d.dashboards} />
          </>
        )}
      </Async>
    </Page>
  );
}

const boardHref = (d: DashboardSummary) => href(`/dashboards/${encodeURIComponent(d.id)}`);

function List({ of }: { of: DashboardSummary[] }) {
  const { rowProps } = useRows(of.length, (i) => navigate(boardHref(of[i]!)));
  return (
    <div class="panel">
      <table class="table boards">
        <thead>
          <tr>
            <th>Dashboard</th>
            <th class="boards-about">What it shows</th>
            <th>From</th>
          </tr>
        </thead>
        <tbody>
          {of.map((d, i) => (
            <tr key={d.id} class="clickable" {...rowProps(i)} onClick={() => navigate(boardHref(d))}>
              <td class="boards-name">
                <a class="strong" href={boardHref(d)}>
                  {d.title}
                </a>
              </td>
              <td class="wrap boards-about">
                {d.description}
                {d.error && <span class="bad">{d.error}</span>}
                <div class="boards-tags">
                  {d.tags.map((t) => (
                    <Badge key={t}>{t}</Badge>
                  ))}
                </div>
              </td>
              <td class="dim boards-from" title={d.file}>
                {d.source === 'built_in' ? 'Tripod' : d.source === 'file' ? d.file!.split('/').at(-1) : d.is_mine ? (d.shared ? 'you, shared' : 'you') : d.owner}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
