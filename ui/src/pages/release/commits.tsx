/** Out of which commits a release was made, and where it was deployed. */
import type { Commit, Deploy } from '../../api/releases';
import { href } from '../../app/router';
import { Badge, CopyButton, Section, Time } from '../../components/bits';
import { Code } from '../../components/code';
import { Icon } from '../../components/icon';
import { duration, plural } from '../../lib/format';
import { fixesOf } from '../../lib/releases';
import { diffMs } from '../../lib/time';

export function Commits({ commits, version }: { commits: Commit[]; version: string }) {
  return (
    <Section title="Commits" actions={commits.length > 0 && <span class="dim">{plural(commits.length, 'commit')}, newest first</span>}>
      {commits.length === 0 ? (
        <How text={`sentry-cli releases set-commits ${version} --auto`}>No commits are known.</How>
      ) : (
        <div class="panel scroll-x">
          <table class="table dense">
            <thead>
              <tr>
                <th>Commit</th>
                <th>What</th>
                <th>Who</th>
                <th>When</th>
                <th>Repository</th>
              </tr>
            </thead>
            <tbody>
              {commits.map((c) => (
                <tr key={c.id}>
                  <td class="mono nowrap">
                    <span title={c.id}>{c.id.slice(0, 10)}</span> <CopyButton text={c.id} small label="Copy the hash" />
                  </td>
                  <td class="commit-message">
                    <Message commit={c} />
                  </td>
                  <td title={c.author_email}>{c.author_name || c.author_email || <span class="dim">–</span>}</td>
                  <td class="nowrap">{c.time_ns ? <Time ns={c.time_ns} /> : <span class="dim">–</span>}</td>
                  <td>{c.repository}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Message({ commit }: { commit: Commit }) {
  const [first, ...rest] = commit.message.trim().split('\n');
  const fixes = fixesOf(commit);
  return (
    <>
      <span title={rest.length ? commit.message : undefined}>{first}</span>
      {fixes.map((id) => (
        <a key={id} class="delta" href={href(`/issues/${id.slice(id.lastIndexOf('-') + 1)}`)}>
          fixes {id}
        </a>
      ))}
      {commit.files.length > 0 && (
        <details class="commit-files">
          <summary>{plural(commit.files.length, 'file')}</summary>
          <ul>
            {commit.files.map((f) => (
              <li key={f.path} class={`file-${f.type}`}>
                {f.type} {f.path}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

export function Deploys({ deploys, version }: { deploys: Deploy[]; version: string }) {
  return (
    <Section title="Deploys">
      {deploys.length === 0 ? (
        <How text={`sentry-cli deploys new --release ${version} --env production`}>No deploys are known.</How>
      ) : (
        <div class="panel scroll-x">
          <table class="table dense">
            <thead>
              <tr>
                <th>Environment</th>
                <th>Name</th>
                <th>Finished</th>
                <th class="num">Took</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {deploys.map((d) => (
                <tr key={d.id}>
                  <td>
                    <Badge tone="info">{d.environment}</Badge>
                  </td>
                  <td>{d.name || <span class="dim">–</span>}</td>
                  <td class="nowrap">{(d.finished_ns ?? d.started_ns) ? <Time ns={d.finished_ns ?? d.started_ns} /> : <span class="dim">–</span>}</td>
                  <td class="num">{d.started_ns && d.finished_ns ? duration(diffMs(d.finished_ns, d.started_ns)) : <span class="dim">–</span>}</td>
                  <td class="row-links">
                    {/^https?:/.test(d.url) && (
                      <a href={d.url} target="_blank" rel="noreferrer">
                        Page <Icon name="external" size={12} />
                      </a>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function How({ children, text }: { children: string; text: string }) {
  return (
    <div class="panel pad">
      <p class="dim">{children} sentry-cli tells of them:</p>
      <Code text={text} language="shell" />
    </div>
  );
}
