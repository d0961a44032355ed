import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/charts.css';
import './styles/data.css';
import './styles/code.css';
import './styles/overlays.css';
import './styles/tables.css';
import { Boundary } from './app/boundary';
import { lazy } from './app/lazy';
import { startAutoRefresh } from './app/range';
import { navigate, path, startRouter, url } from './app/router';
import { Routes } from './app/routes';
import { loadSession, session, sessionError } from './app/session';
import { Shell } from './app/shell';
import { startTheme } from './app/theme';
import { ErrorBox, Loading } from './components/states';
import { startHotkeys } from './lib/hotkeys';

const SignIn = lazy(() => import('./pages/signin/signin'));

function App() {
  const signingIn = path.value === '/signin';
  const signedOut = session.value === null;
  useEffect(() => {
    if (signedOut && !signingIn) {
      const next = url.value.pathname + url.value.search;
      navigate(next === '/' ? '/signin' : `/signin?next=${encodeURIComponent(next)}`, { replace: true });
    }
  }, [signedOut, signingIn]);
  if (signingIn) return <SignIn />;
  if (sessionError.value) {
    return (
      <div class="alone">
        <ErrorBox error={sessionError.value} retry={() => void loadSession()} />
      </div>
    );
  }
  if (!session.value) {
    return (
      <div class="alone">
        <Loading lines={2} />
      </div>
    );
  }
  return (
    <Shell>
      <Boundary at={path.value}>
        <Routes />
      </Boundary>
    </Shell>
  );
}

startTheme();
startRouter();
startHotkeys();
startAutoRefresh();
if (path.value !== '/signin') void loadSession();
render(<App />, document.getElementById('app')!);
