/** Styles are put into the page by the build; a module gets nothing from them. */
declare module '*.css' {}
