/** What is asked, of what, and in which form. */
import type { ApiError } from '../../api/client';
import type { Window } from '../../api/endpoints';
import type { SearchAnswer } from '../../api/types';
import { Icon } from '../../components/icon';
import { QuestionBar } from '../../components/questionbar';
import { Export } from './export';
import { DATASETS, setDataset, submitQuery, toggleLive, type Asked, type Shown } from './state';
import { Views } from './views';

interface Props {
  asked: Asked;
  busy: boolean;
  /** The answer to what is asked now is on its way. */
  asking: boolean;
  error: ApiError | null;
  answer: SearchAnswer | undefined;
  window: Window;
  shown: Shown | null;
}

const PLACEHOLDER = 'Words, fields, pipes: level:error path:/orders/* | count by service every 1m';

export function Toolbar({ asked, busy, asking, error, answer, window, shown }: Props) {
  return (
    <div class="toolbar logs-toolbar">
      <select class="select" aria-label="Dataset" title="What to search" value={asked.dataset} onChange={(e) => setDataset(e.currentTarget.value as Asked['dataset'])}>
        {DATASETS.map((d) => (
          <option key={d.value} value={d.value}>
            {d.label}
          </option>
        ))}
      </select>
      <QuestionBar value={asked.q} dataset={asked.dataset} label="Search logs" placeholder={PLACEHOLDER} busy={busy && !!answer} error={error} onSubmit={submitQuery} />
      <button class={asked.live ? 'button live on' : 'button live'} aria-pressed={asked.live} title="New records as they are stored" onClick={() => toggleLive(asked)}>
        <Icon name="play" size={14} /> Live
        {asked.live && <i class="pulse" />}
      </button>
      <Views asked={asked} />
      <Export asked={asked} answer={answer} asking={asking} window={window} shown={shown} />
    </div>
  );
}
