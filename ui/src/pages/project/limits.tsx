/** What is refused on purpose: filters and limits are the server's settings; here is which there are and what each refused. */
import { getRejected, getStatus } from '../../api/endpoints';
import { refreshed } from '../../app/range';
import { Section } from '../../components/bits';
import { Async } from '../../components/states';
import { useData } from '../../lib/data';
import { bytes, duration, integer } from '../../lib/format';
import { nsToMs } from '../../lib/time';

/** Setting, what it does, the reason it is counted by. */
const SETTINGS: [string, string, string][] = [
  ['sentry.limits', 'More than a DSN key may send of a category in a window, as error=600/1m', 'rate_limited'],
  ['sentry.filters.releases', 'Releases by patterns, as 0.9*', 'filtered_release'],
  ['sentry.filters.messages', 'Messages by patterns, as ConnectionResetError: *', 'filtered_message'],
  ['sentry.filters.health_checks', 'Transactions of health checks', 'filtered_health_check'],
  ['sentry.filters.localhost', 'What comes from localhost', 'filtered_localhost'],
  ['sentry.filters.browser_extensions', 'Errors of browser extensions', 'filtered_browser_extension'],
  ['sentry.filters.legacy_browsers', 'Errors of browsers that are long out of use', 'filtered_legacy_browser'],
  ['attachments.each', 'Files larger than this', 'attachment_too_large'],
];

export function Limits() {
  const data = useData(async (s) => ({ rejected: await getRejected(s), status: await getStatus(s) }), [refreshed.value]);
  return (
    <Async of={data}>
      {({ rejected, status }) => {
        const totals = rejected.totals.filter((t) => t.protocol === 'sentry');
        const of = (reason: string) => totals.find((t) => t.reason === reason)?.count ?? 0;
        const others = totals.filter((t) => !SETTINGS.some(([, , r]) => r === t.reason)).sort((a, b) => b.count - a.count);
        const kept = status.datasets.find((d) => d.name === 'errors')?.retention;
        return (
          <>
            <Section title="Filters and limits" actions={<span class="dim">settings of the server, for all its projects</span>}>
              <div class="panel scroll-x">
                <table class="table dense">
                  <thead>
                    <tr>
                      <th>What is not taken</th>
                      <th>Setting</th>
                      <th>Reason</th>
                      <th class="num">Refused since start</th>
                    </tr>
                  </thead>
                  <tbody>
                    {SETTINGS.map(([setting, what, reason]) => (
                      <tr key={setting}>
                        <td>{what}</td>
                        <td class="mono">{setting}</td>
                        <td class="mono dim">{reason}</td>
                        <td class="num">{of(reason) ? <strong>{integer(of(reason))}</strong> : <span class="dim">0</span>}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <p class="list-note dim">
                They are set in the server's YAML file (those of sentry are read again on SIGHUP); their values are not told here. Always: bodies of 20 MB, events of 1 MiB
                {kept && `, errors kept ${kept.age_ns ? `for ${duration(nsToMs(kept.age_ns))}` : 'for ever'}${kept.bytes ? ` and up to ${bytes(kept.bytes)}` : ''} (retention)`}.
              </p>
            </Section>
            <Section title="Refused for other reasons" actions={<span class="dim">since start</span>}>
              {others.length ? (
                <div class="panel scroll-x">
                  <table class="table dense">
                    <tbody>
                      {others.map((t) => (
                        <tr key={t.reason}>
                          <td class="mono">{t.reason}</td>
                          <td class="num">{integer(t.count)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              ) : (
                <p class="dim">Nothing.</p>
              )}
            </Section>
          </>
        );
      }}
    </Async>
  );
}
