/** What is set of a project and what its SDKs say beside events. */
import { getSetup } from '../../api/endpoints';
import { href } from '../../app/router';
import { Page } from '../../app/shell';
import { Tabs } from '../../components/bits';
import { Async } from '../../components/states';
import { useData } from '../../lib/data';
import { DiscardedView } from './discarded';
import { FeedbackView } from './feedback';
import { Keys } from './keys';
import { Limits } from './limits';
import { RulesView } from './rules';
import './project.css';

const TABS = [
  ['', 'DSN and keys'],
  ['limits', 'Filters and limits'],
  ['scrubbing', 'Scrubbing'],
  ['grouping', 'Grouping'],
  ['discarded', 'Discarded'],
  ['feedback', 'Feedback'],
] as const;

export default function Project({ view }: { view: string }) {
  const setup = useData(getSetup, []);
  return (
    <Page title="Project" timed={false}>
      <Tabs current={view} tabs={TABS.map(([id, label]) => ({ id, label, href: href(id ? `/project/${id}` : '/project') }))} />
      <div class="project">
        {view === 'limits' ? (
          <Limits />
        ) : view === 'discarded' ? (
          <DiscardedView />
        ) : view === 'feedback' ? (
          <FeedbackView />
        ) : (
          <Async of={setup}>{(s) => (view ? <RulesView key={view} project={s.project.id} of={view === 'scrubbing' ? 'scrubbing' : 'grouping'} /> : <Keys of={s} />)}</Async>
        )}
      </div>
    </Page>
  );
}
