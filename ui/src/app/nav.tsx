import { Icon, Logo, type IconName } from '../components/icon';
import { href, path } from './router';
import { leave, session } from './session';
import { theme, toggleTheme } from './theme';

export interface Place {
  path: string;
  label: string;
  icon: IconName;
  key: string;
  /** Other paths that belong to it. */
  also?: string[];
}

export const PLACES: Place[] = [
  { path: '/', label: 'Overview', icon: 'overview', key: 'g o' },
  { path: '/issues', label: 'Issues', icon: 'issues', key: 'g i' },
  { path: '/logs', label: 'Logs', icon: 'logs', key: 'g l' },
  { path: '/traces', label: 'Traces', icon: 'traces', key: 'g t' },
  { path: '/map', label: 'Service map', icon: 'map', key: 'g a' },
  { path: '/explore', label: 'Metrics', icon: 'metrics', key: 'g m', also: ['/series'] },
  { path: '/dashboards', label: 'Dashboards', icon: 'dashboards', key: 'g d' },
  { path: '/releases', label: 'Releases', icon: 'releases', key: 'g r', also: ['/release'] },
  { path: '/crons', label: 'Crons', icon: 'crons', key: 'g c' },
];

export const LOWER_PLACES: Place[] = [
  { path: '/start', label: 'Get started', icon: 'start', key: 'g s' },
  { path: '/project', label: 'Project', icon: 'project', key: 'g p' },
  { path: '/settings', label: 'Settings', icon: 'settings', key: 'g ,' },
];

function isHere(place: Place): boolean {
  const at = path.value;
  return place.path === '/' ? at === '/' : [place.path, ...(place.also ?? [])].some((p) => at === p || at.startsWith(`${p}/`));
}

function Item({ place }: { place: Place }) {
  return (
    <a href={href(place.path)} class="nav-item" aria-current={isHere(place) ? 'page' : undefined} title={place.label}>
      <Icon name={place.icon} />
      <span>{place.label}</span>
    </a>
  );
}

export function Nav() {
  const dark = theme.value === 'dark';
  return (
    <nav class="nav" aria-label="Main">
      <a href={href('/')} class="nav-brand" aria-label="Tripod, overview">
        <Logo />
        <span>Tripod</span>
      </a>
      <div class="nav-group">
        {PLACES.map((p) => (
          <Item key={p.path} place={p} />
        ))}
      </div>
      <div class="nav-group nav-lower">
        {LOWER_PLACES.map((p) => (
          <Item key={p.path} place={p} />
        ))}
        {session.value?.must_set_password && (
          <a href={href('/settings/account')} class="nav-item nav-warn" title="Your sign-in link works only once">
            <Icon name="warn" />
            <span>Set a password</span>
          </a>
        )}
        <button class="nav-item" onClick={toggleTheme} title={dark ? 'Light theme' : 'Dark theme'}>
          <Icon name={dark ? 'sun' : 'moon'} />
          <span>{dark ? 'Light theme' : 'Dark theme'}</span>
        </button>
        <button class="nav-item" onClick={() => void leave()} title={`Sign out ${session.value?.user.email ?? ''}`}>
          <Icon name="out" />
          <span class="nav-user">Sign out</span>
        </button>
      </div>
    </nav>
  );
}
