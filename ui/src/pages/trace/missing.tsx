import { getLinks } from '../../api/endpoints';
import { href } from '../../app/router';
import { LinksView } from '../../components/links';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { useData } from '../../lib/data';

/**
 * No spans under this id. Two tracers give one request two ids, so the other one's trace may be what is wanted: what is
 * linked to the id is shown in its place.
 */
export function Missing({ id, retry }: { id: string; retry: () => void }) {
  const links = useData((s) => getLinks(id, s), [id]);
  const known = links.data && (links.data.traces.length > 0 || links.data.errors.length > 0 || links.data.logs.count > 0);
  return (
    <div class="scroll-y missing">
      <Empty title="This trace is not here" icon="traces">
        <p>
          {known
            ? 'No spans are kept under this id. These records are linked to it:'
            : 'It may have been sampled away, be older than the retention, or still be under way.'}
        </p>
        <div class="empty-actions">
          <button class="button" onClick={retry}>
            Look again
          </button>
          <a class="button" href={href('/logs', { q: `"${id}"` })}>
            Search the logs for it
          </a>
        </div>
      </Empty>
      {links.loading && <Loading lines={3} />}
      {links.error && links.error.status !== 404 && <ErrorBox error={links.error} retry={links.reload} />}
      {known && <LinksView links={links.data!} />}
    </div>
  );
}
