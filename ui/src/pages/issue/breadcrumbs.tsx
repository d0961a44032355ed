import { useState } from 'preact/hooks';
import type { Breadcrumb, ErrorEvent } from '../../api/types';
import { Section } from '../../components/bits';
import { InlineSql } from '../../components/sql';
import { duration, valueText } from '../../lib/format';
import { clockTime, nsToMs } from '../../lib/time';

const SHOWN = 12;

/** What happened before, oldest first, with the distance to the error itself. */
export function Breadcrumbs({ event }: { event: ErrorEvent }) {
  const [all, setAll] = useState(false);
  const crumbs = event.breadcrumbs;
  const hidden = all ? 0 : Math.max(0, crumbs.length - SHOWN);
  const at = nsToMs(event.time_ns);
  return (
    <Section title="Breadcrumbs" actions={<span class="dim">{crumbs.length}</span>}>
      <div class="panel">
        <table class="table crumbs-table">
          <tbody>
            {hidden > 0 && (
              <tr>
                <td colSpan={4}>
                  <button class="link-button" onClick={() => setAll(true)}>
                    Show {hidden} earlier
                  </button>
                </td>
              </tr>
            )}
            {crumbs.slice(hidden).map((c, i) => (
              <tr key={i}>
                <td class="nowrap mono dim" title={c.time_ns ? clockTime(nsToMs(c.time_ns), true) : undefined}>
                  {c.time_ns ? `−${duration(Math.max(0, at - nsToMs(c.time_ns)))}` : ''}
                </td>
                <td class="nowrap">
                  <span class={`crumb-kind crumb-${c.level ?? 'info'}`}>{c.category || c.type || 'event'}</span>
                </td>
                <td class="crumb-text">
                  <CrumbText crumb={c} />
                </td>
              </tr>
            ))}
            <tr class="crumb-end">
              <td class="nowrap mono">0</td>
              <td>
                <span class="crumb-kind crumb-error">exception</span>
              </td>
              <td class="crumb-text">{event.title}</td>
            </tr>
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function CrumbText({ crumb }: { crumb: Breadcrumb }) {
  const data = Object.entries(crumb.data ?? {}).filter(([, v]) => v !== null && v !== '');
  const isQuery = crumb.category === 'query' && !!crumb.message;
  return (
    <>
      {isQuery ? <InlineSql text={crumb.message!} /> : crumb.message && <div class="crumb-message">{crumb.message}</div>}
      {data.length > 0 && (
        <div class="crumb-data mono">
          {data.map(([k, v]) => (
            <span key={k}>
              <span class="dim">{k}=</span>
              {valueText(v)}
            </span>
          ))}
        </div>
      )}
    </>
  );
}
