import { useState } from 'preact/hooks';
import { acceptSession, session } from '../../app/session';
import { Segmented } from '../../components/bits';
import { Section } from '../../components/bits';
import { choice, setTheme, type Choice } from '../../app/theme';
import { NewPassword } from '../signin/newpassword';

export function Account() {
  const s = session.value;
  const [done, setDone] = useState(false);
  if (!s) return null;
  const fresh = !!s.must_set_password;
  return (
    <>
      <Section title="You">
        <dl class="facts facts-rows narrow panel pad">
          <div>
            <dt>Signed in as</dt>
            <dd>{s.user.email}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>{s.user.role}</dd>
          </div>
          <div>
            <dt>Appearance</dt>
            <dd>
              <Segmented<Choice>
                label="Appearance"
                value={choice.value}
                onChange={setTheme}
                options={[
                  { value: 'system', label: 'System' },
                  { value: 'light', label: 'Light' },
                  { value: 'dark', label: 'Dark' },
                ]}
              />
            </dd>
          </div>
        </dl>
      </Section>
      <Section title={fresh ? 'Set a password' : 'Change the password'}>
        <div class="panel pad narrow password-form">
          {done && (
            <p class="form-ok" role="status">
              The password has been changed.
            </p>
          )}
          <NewPassword
            key={String(done)}
            needCurrent={!fresh}
            submit={fresh ? 'Set password' : 'Change password'}
            onDone={() => {
              acceptSession({ ...s, must_set_password: false });
              setDone(true);
            }}
          />
        </div>
      </Section>
    </>
  );
}
