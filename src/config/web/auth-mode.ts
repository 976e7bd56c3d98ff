import type { AccessPolicy } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import type { Where } from '../../model/module.js';

/** A mode that is said, and all that it has to go together with. */
export interface SaidMode {
  readonly mode: AccessPolicy['mode'];
  readonly where: Where;
  readonly hasUsers: boolean;
  readonly hasTokens: boolean;
  readonly hasTls: boolean;
  /** Whether certificates are asked of clients by the file's own policy. */
  readonly requiresCertificate: boolean;
}

const USERS = 'basic_auth_users in the web config file';
const TOKENS = '--web.auth.token-file, or bearer_tokens in the web config file';
const EITHER = 'take one of them out; without a mode, users and tokens both get in';

/** A mode that nothing backs, or that something contradicts, must not decide who gets in. */
export function checkMode(said: SaidMode): readonly Problem[] {
  const { mode, where, hasUsers, hasTokens, hasTls } = said;
  const refuse = (isWrong: boolean, message: string, hint: string): readonly Problem[] =>
    isWrong ? [{ where, message, hint }] : [];
  switch (mode) {
    case 'basic':
      return [
        ...refuse(!hasUsers, 'is basic, and there are no users', `name them: ${USERS}`),
        ...refuse(hasTokens, 'is basic, and there are bearer tokens', EITHER),
      ];
    case 'bearer':
      return [
        ...refuse(!hasTokens, 'is bearer, and there are no tokens', `name them: ${TOKENS}`),
        ...refuse(hasUsers, 'is bearer, and there are basic_auth_users', EITHER),
      ];
    case 'mtls':
      return [
        ...refuse(!hasTls, 'is mtls, and there is no TLS', 'give certificate, key and CA: tls_server_config'),
        ...refuse(
          hasUsers || hasTokens,
          'is mtls, and there are users or tokens',
          'to ask for both: client_auth_type: RequireAndVerifyClientCert in place of the mode',
        ),
      ];
    case 'none':
      return [
        ...refuse(hasUsers || hasTokens, 'is none, and there are users or tokens', 'take them out, or the mode'),
        ...refuse(
          said.requiresCertificate,
          'is none, and client_auth_type requires a certificate',
          'take one of them out',
        ),
      ];
  }
}
