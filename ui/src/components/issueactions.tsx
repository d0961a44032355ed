/** What people do with issues: one change at a time, what came of it, and back again where that can be. */
import { useRef, useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../api/client';
import { mergeIssues, removeIssues, setIssues, unmergeIssue } from '../api/endpoints';
import type { Issue, IssueEdit } from '../api/types';
import { plural } from '../lib/format';
import { editWords, undoOf } from '../lib/issueedit';
import { Icon } from './icon';
import './issueactions.css';
import { ErrorBox } from './states';

interface Done {
  text: string;
  undo: (() => Promise<unknown>) | null;
}

export interface Actions {
  busy: boolean;
  error: ApiError | null;
  done: Done | null;
  edit: (issues: Issue[], edit: IssueEdit) => void;
  merge: (into: Issue, others: Issue[]) => void;
  remove: (issues: Issue[]) => void;
  undo: () => void;
  dismiss: () => void;
}

const named = (issues: Issue[]) => (issues.length === 1 ? issues[0]!.short_id : plural(issues.length, 'issue'));

/** `changed` is called after every change, also after one that failed half-way. `removed` after issues were deleted. */
export function useIssueActions(changed: () => void, removed: () => void = changed): Actions {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const running = useRef(false);
  const run = async (work: () => Promise<unknown>, next: Done | null, after = changed) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    setDone(null);
    try {
      await work();
      setDone(next);
    } catch (e) {
      setError(asApiError(e));
      after = changed;
    } finally {
      running.current = false;
      setBusy(false);
      after();
    }
  };
  const edit = (issues: Issue[], how: IssueEdit) => {
    if (!issues.length) return;
    const back = undoOf(issues, how);
    const undo = back && (() => back.reduce<Promise<unknown>>((before, b) => before.then(() => setIssues(b.ids, b.edit)), Promise.resolve()));
    void run(() => setIssues(issues.map((i) => i.id), how), { text: editWords(named(issues), how), undo });
  };
  const merge = (into: Issue, others: Issue[]) => {
    const ids = others.map((i) => i.id);
    const undo = () => ids.reduce<Promise<unknown>>((before, id) => before.then(() => unmergeIssue(id)), Promise.resolve());
    void run(() => mergeIssues(into.id, ids), { text: `${named(others)} merged into ${into.short_id}`, undo });
  };
  const remove = (issues: Issue[]) => void run(() => removeIssues(issues.map((i) => i.id)), { text: `${named(issues)} deleted, with events and history`, undo: null }, removed);
  const undo = () => done?.undo && void run(done.undo, { text: 'Undone', undo: null });
  return { busy, error, done, edit, merge, remove, undo, dismiss: () => (setDone(null), setError(null)) };
}

/** What came of the last action. */
export function ActionNotice({ actions }: { actions: Actions }) {
  const { error, done } = actions;
  return (
    <div role="status">
      {error && <ErrorBox error={error} />}
      {done && (
        <p class="action-done">
          <Icon name="check" size={14} />
          <span>{done.text}.</span>
          {done.undo && (
            <button class="link-button" disabled={actions.busy} onClick={actions.undo} title="Undo (z)">
              Undo
            </button>
          )}
          <button class="icon-button" aria-label="Close" onClick={actions.dismiss}>
            <Icon name="close" size={14} />
          </button>
        </p>
      )}
    </div>
  );
}
