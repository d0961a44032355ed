/** What rules would make of one event. */
import type { Trial } from '../../api/project';
import { Badge } from '../../components/bits';
import { Icon } from '../../components/icon';
import { strategyWords } from '../../lib/groupingwords';
import { plural } from '../../lib/format';
import { changesOf, movedParts } from '../../lib/rules';

const MOST = 200;

export function ScrubbingTrial({ of, stored }: { of: Trial; stored: unknown }) {
  const changes = changesOf(stored, of.payload);
  if (!changes.length) {
    return (
      <p class="quiet" role="status">
        <Icon name="info" /> Nothing more would be hidden of this event.
      </p>
    );
  }
  return (
    <div class="panel scroll-x" role="status" aria-label="What would change">
      <table class="table dense">
        <thead>
          <tr>
            <th>{plural(changes.length, 'value')} would be hidden</th>
            <th>As it is stored</th>
            <th>As it would be</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, MOST).map((c) => (
            <tr key={c.path}>
              <td class="mono wrap">{c.path}</td>
              <td class="mono wrap">{c.before}</td>
              <td class="mono wrap">{c.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function GroupingTrial({ of, keep }: { of: Trial; keep: boolean }) {
  const moved = movedParts(of.before, of.after);
  const prints = [of.before, of.after].map((g) => g.fingerprint?.values.join(', ') ?? '');
  const rule = of.after.fingerprint?.rule;
  return (
    <div role="status" aria-label="What would change">
      <p>
        {of.same_issue ? <Badge tone="ok">same issue</Badge> : <Badge tone="warn">another issue</Badge>}{' '}
        {of.same_issue ? 'The event would find the issue that it is in.' : keep ? 'By its hashes the event would leave its issue; as events stay in theirs, only new kinds part.' : 'The event would begin or find another issue.'}{' '}
        <span class="dim">{strategyWords(of.after.strategy)}</span>
      </p>
      {prints[0] !== prints[1] && (
        <p>
          Fingerprint: <span class="dim">{prints[0] || 'none'} →</span> <strong>{prints[1] || 'none'}</strong> {rule && <code>{rule}</code>}
        </p>
      )}
      {moved.length > 0 && (
        <div class="panel scroll-x">
          <table class="table dense">
            <thead>
              <tr>
                <th>Part</th>
                <th>Would</th>
                <th>Why</th>
                <th>Variant</th>
              </tr>
            </thead>
            <tbody>
              {moved.slice(0, MOST).map((m) => (
                <tr key={m.variant + m.what}>
                  <td class="mono wrap">{m.what}</td>
                  <td class="nowrap">{m.counts ? <Badge tone="ok">count</Badge> : <Badge tone="warn">not count</Badge>}</td>
                  <td class="wrap dim">{m.why}</td>
                  <td>{m.variant}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!moved.length && prints[0] === prints[1] && <p class="dim">The same parts count as before.</p>}
    </div>
  );
}
