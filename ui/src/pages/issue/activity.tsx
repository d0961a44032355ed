/** Who did what with the issue, and what people wrote about it, newest first. */
import { useState } from 'preact/hooks';
import { serverNow } from '../../api/client';
import { addComment, listActivity, removeComment, setComment } from '../../api/endpoints';
import type { IssueActivity } from '../../api/types';
import { refreshed } from '../../app/range';
import { href } from '../../app/router';
import { session } from '../../app/session';
import { Time } from '../../components/bits';
import { Icon, type IconName } from '../../components/icon';
import { Async, Empty, ErrorBox } from '../../components/states';
import { useData } from '../../lib/data';
import { activityWords } from '../../lib/issuewords';
import { useWork } from './work';

const FEW = 100;
const MOST = 1000;

interface Props {
  id: number;
  shortId: string;
  /** Changes with what is done here, and with the issue's state. */
  pulse: number;
  stamp: string;
}

export function Activity({ id, shortId, pulse, stamp }: Props) {
  const [limit, setLimit] = useState(FEW);
  const list = useData((s) => listActivity(id, limit, s), [id, limit, pulse, stamp, refreshed.value]);
  return (
    <>
      <Write label="Write a comment" button="Comment" onSave={(text) => addComment(id, text)} done={list.reload} />
      <Async of={list}>
        {({ activity }) =>
          activity.length ? (
            <>
              <ol class="activity">
                {activity.map((a) => (
                  <Entry key={a.id} issue={id} shortId={shortId} entry={a} changed={list.reload} />
                ))}
              </ol>
              {activity.length === limit && limit < MOST && (
                <button class="button" onClick={() => setLimit(MOST)}>
                  Show up to {MOST} entries
                </button>
              )}
              {activity.length === MOST && <p class="dim">Older entries are kept, but not shown here.</p>}
            </>
          ) : (
            <div class="panel">
              <Empty title="Nothing was done yet" icon="list">
                <p>Who resolves, archives, assigns or merges it is noted here, and when it comes back.</p>
              </Empty>
            </div>
          )
        }
      </Async>
    </>
  );
}

const ICONS: Record<IssueActivity['kind'], IconName> = {
  resolved: 'check',
  unresolved: 'refresh',
  regressed: 'warn',
  archived: 'minus',
  escalated: 'up',
  assigned: 'user',
  unassigned: 'user',
  merged: 'link',
  unmerged: 'link',
  comment: 'edit',
};

interface EntryProps {
  issue: number;
  shortId: string;
  entry: IssueActivity;
  changed: () => void;
}

function Entry({ issue, shortId, entry: a, changed }: EntryProps) {
  const [editing, setEditing] = useState(false);
  const work = useWork(changed);
  const me = session.value?.user;
  const isMine = a.by_kind === 'user' && a.by === me?.email;
  const mayChange = a.kind === 'comment' && (isMine || me?.role === 'admin');
  return (
    <li class={`activity-entry activity-${a.kind}`}>
      <Icon name={ICONS[a.kind]} size={14} />
      <div class="activity-body">
        <p class="activity-line">
          {a.by_kind !== 'system' && <strong>{a.by}</strong>}
          {a.by_kind === 'token' && <span class="dim">(token)</span>} <What of={a} shortId={shortId} />
          <span class="dim">
            <Time ns={a.time_ns} />
            {a.edited_ns && ', changed since'}
          </span>
          {mayChange && !editing && (
            <span class="activity-tools">
              <button class="icon-button" aria-label="Change the comment" title="Change" onClick={() => setEditing(true)}>
                <Icon name="edit" size={14} />
              </button>
              <RemoveButton busy={work.busy} onRemove={() => void work.run(() => removeComment(issue, a.id))} />
            </span>
          )}
        </p>
        {a.kind === 'comment' &&
          (editing ? (
            <Write
              label="Change the comment"
              button="Save"
              text={a.text}
              onSave={(text) => setComment(issue, a.id, text)}
              done={() => {
                setEditing(false);
                changed();
              }}
              cancel={() => setEditing(false)}
            />
          ) : (
            <p class="comment panel">{a.text}</p>
          ))}
        {work.error && <ErrorBox error={work.error} />}
      </div>
    </li>
  );
}

function What({ of: a, shortId }: { of: IssueActivity; shortId: string }) {
  if (a.kind !== 'merged' && a.kind !== 'unmerged') return <>{activityWords(a, serverNow())} </>;
  const other = <a href={href(`/issues/${a.issue}`)}>{shortId.replace(/\d+$/, String(a.issue)) || `issue ${a.issue}`}</a>;
  return a.kind === 'merged' ? <>merged {other} into it </> : <>took {other} out again </>;
}

/** Asks once more. */
function RemoveButton({ busy, onRemove }: { busy: boolean; onRemove: () => void }) {
  const [asking, setAsking] = useState(false);
  return asking ? (
    <button class="button small danger" disabled={busy} onClick={onRemove} onBlur={() => setAsking(false)} ref={(el) => el?.focus()}>
      Delete it
    </button>
  ) : (
    <button class="icon-button" aria-label="Delete the comment" title="Delete" onClick={() => setAsking(true)}>
      <Icon name="trash" size={14} />
    </button>
  );
}

interface WriteProps {
  label: string;
  button: string;
  text?: string;
  onSave: (text: string) => Promise<unknown>;
  done: () => void;
  cancel?: () => void;
}

function Write({ label, button, text: first = '', onSave, done, cancel }: WriteProps) {
  const [text, setText] = useState(first);
  const work = useWork(done);
  const save = async () => {
    if (text.trim() && !work.busy && (await work.run(() => onSave(text.trim())))) setText('');
  };
  return (
    <form
      class="comment-form"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <textarea
        class="input comment-text"
        aria-label={label}
        placeholder="What is known about it…"
        rows={3}
        maxLength={65536}
        value={text}
        onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void save();
        }}
      />
      <div class="comment-actions">
        <button class="button primary" disabled={!text.trim() || work.busy}>
          {button}
        </button>
        {cancel && (
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        )}
        <span class="dim">Ctrl Enter sends</span>
      </div>
      {work.error && <ErrorBox error={work.error} />}
    </form>
  );
}
