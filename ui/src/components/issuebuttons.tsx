/** Buttons and menus for what people do with issues: resolve, archive, assign, merge, delete. */
import { useState } from 'preact/hooks';
import { listAssignees, listReleaseNames } from '../api/endpoints';
import type { Issue, IssueEdit } from '../api/types';
import { Dialog } from '../app/dialog';
import { session } from '../app/session';
import { useData } from '../lib/data';
import { integer, plural } from '../lib/format';
import { shortRelease } from '../lib/issuewords';
import { Icon } from './icon';
import type { Actions } from './issueactions';
import { titleOf } from './issuetable';
import { MenuItem, Popup } from './popup';
import { Async, Loading } from './states';

interface BarProps {
  issues: Issue[];
  actions: Actions;
}

/** Buttons for what can be done with `issues`. */
export function ActionButtons({ issues, actions }: BarProps) {
  const { busy } = actions;
  const open = issues.some((i) => i.status === 'unresolved');
  const shut = issues.some((i) => i.status !== 'unresolved');
  const edit = (e: IssueEdit) => actions.edit(issues, e);
  return (
    <div class="action-buttons">
      {open && <Resolve onEdit={edit} busy={busy} />}
      {open && <ArchiveMenu onEdit={edit} />}
      {shut && (
        <button class="button" disabled={busy} onClick={() => edit({ status: 'unresolved' })} title="Back into the list of open issues (u)">
          Reopen
        </button>
      )}
      <Assign issues={issues} onEdit={edit} />
      {issues.length > 1 && <Merge issues={issues} actions={actions} />}
      <Delete issues={issues} actions={actions} />
    </div>
  );
}

interface EditProps {
  onEdit: (edit: IssueEdit) => void;
}

function Resolve({ onEdit, busy }: EditProps & { busy: boolean }) {
  return (
    <span class="button-group">
      <button class="button primary" disabled={busy} onClick={() => onEdit({ status: 'resolved' })} title="Resolve now (e)">
        Resolve
      </button>
      <Popup class="button primary icon-only" label="Resolve in a release" panel="action-panel" face={<Icon name="down" size={12} />}>
        {(close) => (
          <ResolveMenu
            onEdit={(e) => {
              close();
              onEdit(e);
            }}
          />
        )}
      </Popup>
    </span>
  );
}

function ResolveMenu({ onEdit }: EditProps) {
  const releases = useData((s) => listReleaseNames(s), []);
  const [named, setNamed] = useState('');
  return (
    <>
      <MenuItem onClick={() => onEdit({ status: 'resolved' })} hint="any later event reopens">
        Now
      </MenuItem>
      <MenuItem onClick={() => onEdit({ status: 'resolved', resolution: 'next_release' })} hint="a later one reopens">
        In the next release
      </MenuItem>
      <Async of={releases} loading={<Loading lines={1} />}>
        {({ releases: list }) =>
          list.length ? (
            <MenuItem onClick={() => onEdit({ status: 'resolved', resolution: 'release', release: list[0]!.version })} hint={shortRelease(list[0]!.version)}>
              In the current release
            </MenuItem>
          ) : (
            <p class="menu-head">No release is known: events bear none.</p>
          )
        }
      </Async>
      <hr class="menu-rule" />
      <form
        class="action-form"
        onSubmit={(e) => {
          e.preventDefault();
          if (named.trim()) onEdit({ status: 'resolved', resolution: 'release', release: named.trim() });
        }}
      >
        <label class="field">
          <span class="field-label">In this release</span>
          <input class="input" list="known-releases" value={named} placeholder="shop@1.4.0" onInput={(e) => setNamed(e.currentTarget.value)} />
        </label>
        <datalist id="known-releases">
          {releases.data?.releases.map((r) => (
            <option key={r.version} value={r.version} />
          ))}
        </datalist>
        <button class="button" disabled={!named.trim()}>
          Resolve
        </button>
      </form>
    </>
  );
}

const FOR = [
  ['', 'no time'],
  ['now+1h', '1 hour'],
  ['now+24h', '1 day'],
  ['now+7d', '7 days'],
  ['now+30d', '30 days'],
] as const;

const whole = (text: string) => (/^\d+$/.test(text.trim()) && Number(text) > 0 ? Number(text) : undefined);
/** Empty is none, anything but a whole number wrong. */
const isWrong = (text: string) => text.trim() !== '' && whole(text) === undefined;

function ArchiveMenu({ onEdit }: EditProps) {
  const [until, setUntil] = useState('');
  const [events, setEvents] = useState('');
  const [users, setUsers] = useState('');
  const wrong = isWrong(events) || isWrong(users);
  return (
    <Popup
      class="button"
      label="Archive"
      title="Archive (i: for ever)"
      panel="action-panel"
      face={
        <>
          Archive <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => {
        const archive = (more: IssueEdit) => {
          close();
          onEdit({ status: 'ignored', ...more });
        };
        return (
          <>
            <MenuItem onClick={() => archive({})}>For ever</MenuItem>
            <hr class="menu-rule" />
            <form
              class="action-form archive-form"
              onSubmit={(e) => {
                e.preventDefault();
                archive({ archive_until: until || undefined, archive_events: whole(events), archive_users: whole(users) });
              }}
            >
              <p class="field-label">Until the first of these is reached</p>
              <label class="inline-field">
                <select class="select" value={until} onChange={(e) => setUntil(e.currentTarget.value)} aria-label="Time">
                  {FOR.map(([v, label]) => (
                    <option key={v} value={v}>
                      {label}
                    </option>
                  ))}
                </select>
                from now
              </label>
              <label class="inline-field">
                <input class="input" inputMode="numeric" value={events} aria-invalid={isWrong(events)} onInput={(e) => setEvents(e.currentTarget.value)} aria-label="More events" />
                more events
              </label>
              <label class="inline-field">
                <input class="input" inputMode="numeric" value={users} aria-invalid={isWrong(users)} onInput={(e) => setUsers(e.currentTarget.value)} aria-label="More users" />
                more users
              </label>
              <button class="button" disabled={wrong || (!until && !whole(events) && !whole(users))}>
                Archive until then
              </button>
            </form>
          </>
        );
      }}
    </Popup>
  );
}

function Assign({ issues, onEdit }: EditProps & { issues: Issue[] }) {
  const same = issues.every((i) => i.assignee?.id === issues[0]!.assignee?.id) ? issues[0]!.assignee : null;
  return (
    <Popup
      class="button"
      label="Assign"
      title={same ? `Assigned to ${same.email}` : 'Assign'}
      face={
        <>
          <Icon name="user" size={14} />
          <span class="assign-face">{same ? same.email : 'Assign'}</span>
          <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => (
        <AssignMenu
          chosen={same?.id}
          anybody={issues.some((i) => i.assignee)}
          onEdit={(e) => {
            close();
            onEdit(e);
          }}
        />
      )}
    </Popup>
  );
}

function AssignMenu({ chosen, anybody, onEdit }: EditProps & { chosen: number | undefined; anybody: boolean }) {
  const users = useData((s) => listAssignees(s), []);
  const me = session.value?.user.id;
  return (
    <>
      <MenuItem onClick={() => onEdit({ assignee: 'me' })} pressed={chosen === me && chosen !== undefined} hint="m">
        Me
      </MenuItem>
      <Async of={users} loading={<Loading lines={2} />}>
        {(d) => (
          <>
            {d.users
              .filter((u) => u.id !== me)
              .map((u) => (
                <MenuItem key={u.id} onClick={() => onEdit({ assignee: u.email })} pressed={u.id === chosen}>
                  {u.email}
                </MenuItem>
              ))}
          </>
        )}
      </Async>
      <hr class="menu-rule" />
      <MenuItem onClick={() => onEdit({ assignee: null })} disabled={!anybody}>
        Nobody
      </MenuItem>
    </>
  );
}

function Merge({ issues, actions }: BarProps) {
  const byCount = [...issues].sort((a, b) => b.count - a.count);
  return (
    <Popup
      class="button"
      label="Merge"
      title="Make one issue of them"
      panel="action-panel"
      face={
        <>
          Merge <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => (
        <>
          <p class="menu-head">Merge {integer(issues.length)} issues into</p>
          {byCount.map((i) => (
            <MenuItem
              key={i.id}
              hint={i.short_id}
              onClick={() => {
                close();
                actions.merge(i, issues.filter((other) => other.id !== i.id));
              }}
            >
              {titleOf(i)}
            </MenuItem>
          ))}
          <p class="menu-head">Each keeps its own hashes and counts: it can be taken out again at any time.</p>
        </>
      )}
    </Popup>
  );
}

function Delete({ issues, actions }: BarProps) {
  const [asking, setAsking] = useState(false);
  const mayNot = session.value?.user.role !== 'admin';
  const events = issues.reduce((n, i) => n + i.count, 0);
  return (
    <>
      <button class="button icon-only" aria-label="Delete" disabled={mayNot || actions.busy} title={mayNot ? 'Only an admin deletes issues' : 'Delete…'} onClick={() => setAsking(true)}>
        <Icon name="trash" size={14} />
      </button>
      {asking && (
        <Dialog label="Delete issues" onClose={() => setAsking(false)} class="ask">
          <h2>Delete {issues.length === 1 ? `${issues[0]!.short_id} ${titleOf(issues[0]!)}` : plural(issues.length, 'issue')}?</h2>
          <p>
            {plural(events, 'event')} {events === 1 ? 'goes' : 'go'} with {issues.length === 1 ? 'it' : 'them'}, with history, comments and what was merged. This cannot be undone. An error like{' '}
            {issues.length === 1 ? 'it' : 'them'} begins a new issue.
          </p>
          <div class="ask-actions">
            <button class="button" autofocus onClick={() => setAsking(false)}>
              Cancel
            </button>
            <button
              class="button danger"
              onClick={() => {
                setAsking(false);
                actions.remove(issues);
              }}
            >
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
