// All views of the console, in the order of their tabs and of the sidebar.
import { registerScreen, registerTab } from "./catalogue.js";

registerTab({ id: "items", label: "tab.items", load: () => import("../views/items.js") });
registerTab({ id: "indexes", label: "tab.indexes", load: () => import("../views/indexes.js") });
registerTab({ id: "settings", label: "tab.settings", load: () => import("../views/settings.js") });

registerScreen({ id: "tables", label: "screen.tables", load: () => import("../views/tables.js") });
registerScreen({ id: "new", label: "screen.new", load: () => import("../views/create.js"), hidden: true });
