/** The project's DSN and what is made of it. */
import type { Setup } from '../../api/types';
import { href } from '../../app/router';
import { CopyButton, Section } from '../../components/bits';

export function Keys({ of }: { of: Setup }) {
  const key = /^\w+:\/\/([^:@/]+)/.exec(of.dsn)?.[1] ?? '';
  const api = `${of.http}/api/${of.project.id}`;
  const rows: [string, string][] = [
    ['DSN', of.dsn],
    ['Public key', key],
    ['Project', `${of.project.slug} (${of.project.id})`],
    ['Envelopes', `${api}/envelope/`],
    ['Security reports', `${api}/security/?sentry_key=${key}`],
    ['Check-ins without an SDK', `${api}/cron/MONITOR/${key}/`],
    ['OpenTelemetry, gRPC', of.otlp_grpc],
    ['OpenTelemetry, HTTP', of.otlp_http],
  ];
  return (
    <Section title="DSN and addresses" actions={<a href={href('/start')}>How to use them</a>}>
      <div class="panel scroll-x">
        <table class="table dense project-keys">
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="mono wrap">{value}</td>
                <td class="row-links">
                  <CopyButton text={value} small label={`Copy: ${name}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="list-note dim">
        The key can send and nothing else: it reads nothing. It is also the <code>x-tripod-key</code> of OpenTelemetry. Tokens that read are made under{' '}
        <a href={href('/settings/tokens')}>Settings</a>.
      </p>
    </Section>
  );
}
