// The catalogue of views. A view is a module whose default export is a component; it is loaded when
// it is first opened. `views.js` registers all there are: that is the one place to add one.

const tabs = [];
const screens = [];

/**
 * A tab of a table: /console/t/TABLE/ID.
 * { id, label, load, when(table) }  `label` is the key of a text, `load` imports the module, `when`
 * says for which tables the tab is there. The component gets { table, description, reload, params,
 * rest }: the name, DescribeTable's answer, a function that asks again, the address's query, and
 * the path's further segments.
 */
export function registerTab(tab) {
  tabs.push(tab);
}

/**
 * A screen of its own: /console/ID.
 * { id, label, load, when() }  The component gets { params, rest }. `hidden` keeps it out of the
 * sidebar.
 */
export function registerScreen(screen) {
  screens.push(screen);
}

export const tabsOf = (description) => tabs.filter((tab) => tab.when?.(description) ?? true);
export const allTabs = () => tabs;
export const allScreens = () => screens.filter((screen) => screen.when?.() ?? true);
