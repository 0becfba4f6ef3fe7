/** The code of an enrolment card as people type it. */

export const CODE_LENGTH = 12

/**
 * Capitals in groups of four; blanks, hyphens and whatever is no letter or digit fall away. A code has no O, I or L:
 * who reads one has misread a digit.
 */
export function groupCode(typed: string): string {
  const digits = typed.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1')
  const bare = digits.replace(/[^\p{L}\d]/gu, '').slice(0, CODE_LENGTH)
  return bare.match(/.{1,4}/gu)?.join('-') ?? ''
}
