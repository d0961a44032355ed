import { href } from '../../app/router';
import { Page } from '../../app/shell';
import { Tabs } from '../../components/bits';
import { Account } from './account';
import { StatusView } from './status';
import { Tokens } from './tokens';
import './settings.css';

export default function Settings({ view }: { view: string }) {
  return (
    <Page title="Settings" timed={false}>
      <Tabs
        current={view}
        tabs={[
          { id: 'status', label: 'Status', href: href('/settings') },
          { id: 'tokens', label: 'API tokens', href: href('/settings/tokens') },
          { id: 'account', label: 'Account', href: href('/settings/account') },
        ]}
      />
      <div class="settings">
        {view === 'tokens' ? <Tokens /> : view === 'account' ? <Account /> : <StatusView />}
      </div>
    </Page>
  );
}
