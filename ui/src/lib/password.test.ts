import { describe, expect, it } from 'vitest';
import { LEAST_PASSWORD, passwordProblem } from './password';

describe('passwordProblem', () => {
  it('asks for as many characters as the server does', () => {
    expect(LEAST_PASSWORD).toBe(10);
    expect(passwordProblem('123456789', '123456789')).toBe('Use at least 10 characters.');
    expect(passwordProblem('1234567890', '1234567890')).toBe('');
  });

  it('counts bytes, as the server does', () => {
    expect(passwordProblem('ééééé', 'ééééé')).toBe('');
    expect(passwordProblem('éééé', 'éééé')).not.toBe('');
  });

  it('wants the same twice', () => {
    expect(passwordProblem('1234567890', '1234567891')).toBe('The two passwords differ.');
  });
});
