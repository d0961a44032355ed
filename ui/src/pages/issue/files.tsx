/** What came with an event and is no part of it, and what was taken out of it. */
import { attachmentHref, listAttachments } from '../../api/endpoints';
import type { Attachment, ErrorEvent } from '../../api/types';
import { Section } from '../../components/bits';
import { Icon } from '../../components/icon';
import { ErrorBox } from '../../components/states';
import { useData } from '../../lib/data';
import { bytes, plural } from '../../lib/format';

const KIND: Record<Attachment['kind'], string> = { attachment: '', profile: 'profile', profile_chunk: 'part of a profile' };

/** Files that were sent with it: to download, never shown, because anybody may have sent them. */
export function Attachments({ eventId }: { eventId: string }) {
  const files = useData((s) => listAttachments(eventId, s), [eventId]);
  if (files.error) {
    return (
      <Section title="Attachments">
        <ErrorBox error={files.error} retry={files.reload} />
      </Section>
    );
  }
  const list = files.data?.attachments ?? [];
  if (!list.length) return null;
  return (
    <Section title="Attachments" actions={<span class="dim">{list.length}</span>}>
      <div class="panel scroll-x">
        <table class="table">
          <tbody>
            {list.map((a) => (
              <tr key={a.id}>
                <td class="mono attachment-name">{a.name}</td>
                <td class="dim">{KIND[a.kind] || a.content_type}</td>
                <td class="num">{bytes(a.bytes)}</td>
                <td class="row-links">
                  <a class="button small" href={attachmentHref(a.id)} download aria-label={`Download ${a.name}`}>
                    <Icon name="download" size={14} /> Download
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** Where scrubbing hid something before the event was stored. */
export function Removed({ event }: { event: ErrorEvent }) {
  const paths = Object.entries(event.scrubbed).sort(([a], [b]) => a.localeCompare(b));
  if (!paths.length) return null;
  return (
    <details class="fold">
      <summary>
        What was removed <span class="dim">{plural(paths.length, 'place')}</span>
      </summary>
      <div class="panel pad">
        <p class="dim removed-lead">Hidden before the event was stored: what stood there is nowhere.</p>
        <table class="kv">
          <tbody>
            {paths.map(([path, times]) => (
              <tr key={path}>
                <th scope="row" class="removed-path">
                  {path}
                </th>
                <td>{typeof times !== 'number' ? '' : times > 1 ? `${times} times` : 'once'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
