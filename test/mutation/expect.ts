import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { getCurrentTest } from "@vitest/runner";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

interface WithTest {
  withTest(test: unknown): unknown;
}

/** Vitest's own matchers, as `expect` of the package puts them together, without a Vitest around them. */
export function createExpect() {
  const expect = (value: unknown, message?: string) => {
    const state = getState(expect as never);
    setState({ assertionCalls: state.assertionCalls + 1 }, expect as never);
    const assertion = chai.expect(value, message);
    const test = getCurrentTest();
    return test === undefined ? assertion : (assertion as unknown as WithTest).withTest(test);
  };
  Object.assign(expect, chai.expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT), {
    getState: () => getState(expect as never),
  });
  setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);
  return expect;
}
