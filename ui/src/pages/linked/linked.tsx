/** Everything linked to one id, whatever kind of id it is. */
import { getLinks, search } from '../../api/endpoints';
import type { Links } from '../../api/types';
import { refreshed } from '../../app/range';
import { href } from '../../app/router';
import { Page } from '../../app/shell';
import { CopyButton } from '../../components/bits';
import { LinksView } from '../../components/links';
import { Async, Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { nsToMs } from '../../lib/time';
import { LogRows } from '../trace/logs';

export default function Linked({ id }: { id: string }) {
  const data = useData((s) => getLinks(id, s), [id, refreshed.value]);
  const head = (
    <div class="crumbs">
      <span class="dim">Linked to</span>
      <h1 class="mono">{id}</h1>
      <CopyButton text={id} small label="Copy id" />
    </div>
  );
  return (
    <Page title={`Linked to ${id}`} head={head} timed={false}>
      {data.error?.status === 404 ? (
        <Empty title="This id is not known" icon="link">
          <p>No record that is kept carries it. Check that it was copied whole; a trace may have been sampled away.</p>
          <a class="button" href={href('/logs', { q: `"${id}"` })}>
            Search the logs for this text
          </a>
        </Empty>
      ) : data.error ? (
        <ErrorBox error={data.error} retry={data.reload} />
      ) : data.data ? (
        <>
          <LinksView links={data.data} />
          {data.data.logs.count > 0 && <Lines links={data.data} />}
        </>
      ) : (
        <Loading lines={8} />
      )}
    </Page>
  );
}

/** The first lines themselves: mostly they are why one came here. */
function Lines({ links }: { links: Links }) {
  const { query, start_ns, end_ns } = links.logs;
  const lines = useData(
    (s) =>
      start_ns && end_ns
        ? search({ dataset: 'logs', q: query, limit: 100, order: 'asc' }, { startMs: nsToMs(start_ns) - 1, endMs: nsToMs(end_ns) + 1 }, s)
        : null,
    [links],
  );
  if (!start_ns) return null;
  return (
    <Async of={lines} query={query} loading={<Loading lines={4} />}>
      {(d) => (
        <>
          <Warnings items={d.warnings} />
          <div class="panel">
            <LogRows rows={d.rows} startNs={d.rows[0]?.time_ns ?? start_ns} />
          </div>
        </>
      )}
    </Async>
  );
}
