/** What the pages of releases share. */
import { environmentsOf, type Health, type Release } from '../../api/releases';
import { refreshed } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Badge } from '../../components/bits';
import { Icon } from '../../components/icon';
import { useData } from '../../lib/data';
import { percent } from '../../lib/format';
import { crashFreeTone, sharePercent } from '../../lib/releases';
import { shortRelease } from '../../lib/issuewords';

/** The page of a release; what is filtered by stays. */
export const releaseHref = (version: string) => href('/release', { version, environment: param('environment'), period: param('period') });

export const compareHref = (base: string, release: string) => href('/releases/compare', { base, release, environment: param('environment'), period: param('period') });

export function Version({ release }: { release: Release }) {
  return (
    <>
      <a class="strong mono release-version" href={releaseHref(release.version)} title={release.version} onClick={(e) => e.stopPropagation()}>
        {shortRelease(release.version)}
      </a>
      {release.archived && <Badge>archived</Badge>}
    </>
  );
}

/** `–` where no sessions were sent: that is not the same as none that crashed. */
export function CrashFree({ share }: { share: number | null }) {
  return share === null ? (
    <span class="dim" title="No sessions">
      –
    </span>
  ) : (
    <span class={crashFreeTone(share)}>{sharePercent(share)}</span>
  );
}

export function Adoption({ share }: { share: number | null }) {
  if (share === null) return <span class="dim">–</span>;
  return (
    <span class="adoption" title={`${percent(share)} of all sessions of the last 24 hours`}>
      <i class="adoption-bar">
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </i>
      {percent(share)}
    </span>
  );
}

/** Chosen by `environment` in the URL; one that sent nothing lately stays in the list while it is chosen. */
export function EnvironmentPicker({ start }: { start: string }) {
  const chosen = param('environment');
  const found = useData((s) => environmentsOf(start, s), [start, refreshed.value]);
  const all = [...new Set([...(found.data ?? []), ...(chosen ? [chosen] : [])])].sort();
  return (
    <label class="inline-field">
      Environment
      <select class="select" value={chosen} title={found.error ? `Environments could not be listed: ${found.error.message}` : undefined} onChange={(e) => setParams({ environment: e.currentTarget.value, offset: null })}>
        <option value="">All</option>
        {all.map((e) => (
          <option key={e} value={e}>
            {e}
          </option>
        ))}
      </select>
    </label>
  );
}

export const hasSessions = (h: Pick<Health, 'sessions'>) => h.sessions > 0;

export function NoSessions({ children }: { children: string }) {
  return (
    <div class="hint" role="note">
      <Icon name="info" />
      <div>
        <p>
          {children} Crash-free shares and adoption are counted from them: enable <code>auto_session_tracking</code> in the Sentry SDK (<code>autoSessionTracking</code> in some), and give it a{' '}
          <code>release</code>.
        </p>
      </div>
    </div>
  );
}
