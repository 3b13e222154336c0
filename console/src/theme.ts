/** Sets the colour scheme before the first paint. A file of its own, as the content security policy allows no inline script. */
const chosen = localStorage.getItem('mantine-color-scheme-value')
const scheme = chosen === 'light' || chosen === 'dark' ? chosen : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
document.documentElement.dataset.mantineColorScheme = scheme
