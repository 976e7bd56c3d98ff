/** All up to the last `@`: a password may hold any character, and a URL with one may lack its scheme. */
const USERINFO = /^(\w+:\/\/)?.*@/s;

/** Text in which a user typed a URL, without the user and the password that it may have. */
export function maskUserinfo(text: string): string {
  return text.replace(USERINFO, '$1<secret>@');
}
