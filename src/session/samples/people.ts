/** The words that invented people and their ways are made of. Addresses are of the ranges set aside for documents. */

export const firstNames =
  'ada alba amos anouk ares basil bea bjorn cara cleo cyrus dana dario edda elio emre esme fay felix freya gia gus hana hugo ida imre ines ivo jada jonas juno kai kira lara leif lena liam lola luca maeve malik mara milo mina nadia nils nora odile omar otis petra pia quinn rafa remy rhea rosa sami selma silas stella tara theo tilda uma uri vera viggo willa yara yusuf zara zeno'.split(
    ' ',
  );

export const lastNames =
  'abbot acheson almeida ambrose arden ashby baird bellamy birch blythe calder castell chen conway corrigan dale delacroix doyle duarte ellery farrow fenwick forsythe galloway garrick hadley hale hartmann hollis ibsen ito jarvis kaplan keane kowalski lachance larkin lindqvist lockhart maddox marlowe mercer moreau nakamura norwood okafor oneill orsini paget peralta quigley radcliffe rahman rosen sandoval sorensen tanaka thorne ulrich vance varga whitlock winslow yamada zeller'.split(
    ' ',
  );

export const departments = ['Sales', 'Support', 'Engineering', 'Finance', 'Legal', 'Logistics', 'Design'];

/** Who lets them in, with the ways of each. Greater weights are met more often. */
export const providers = [
  { type: 'saml', name: 'workforce', weight: 46, network: '192.0.2.', group: 'staff' },
  { type: 'ldap', name: 'headquarters', weight: 22, network: '192.0.2.', group: 'staff' },
  { type: 'oidc', name: 'customers', weight: 26, network: '2001:db8:', group: 'customers' },
  { type: 'basic', name: 'local', weight: 6, network: '198.51.100.', group: 'operations' },
] as const;

/** Where they are signed in, and after how long unused that ends, in hours; null = never. */
export const apps = [
  { name: 'mail', idleHours: 24, weight: 34 },
  { name: 'wiki', idleHours: 24, weight: 20 },
  { name: 'shop', idleHours: 12, weight: 22 },
  { name: 'payroll', idleHours: 4, weight: 8 },
  { name: 'vpn', idleHours: null, weight: 16 },
] as const;

export const userAgents = [
  {
    weight: 30,
    text: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  },
  {
    weight: 22,
    text: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  },
  {
    weight: 16,
    text: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  },
  {
    weight: 14,
    text: 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  },
  { weight: 10, text: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0' },
  { weight: 6, text: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0' },
  { weight: 2, text: 'curl/8.14.1' },
] as const;
