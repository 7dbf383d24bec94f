// All views of the console, in the order of their tabs and of the sidebar.
import { facts } from "./facts.js";
import { registerScreen, registerTab } from "./catalogue.js";

registerTab({ id: "items", label: "tab.items", load: () => import("../views/items.js") });
registerTab({ id: "collections", label: "tab.collections", load: () => import("../views/collections.js") });
registerTab({ id: "traffic", label: "tab.traffic", load: () => import("../views/traffic.js") });
registerTab({ id: "stream", label: "tab.stream", load: () => import("../views/stream.js") });
registerTab({ id: "indexes", label: "tab.indexes", load: () => import("../views/indexes.js") });
registerTab({ id: "settings", label: "tab.settings", load: () => import("../views/settings.js") });

registerScreen({ id: "tables", label: "screen.tables", load: () => import("../views/tables.js") });
registerScreen({ id: "new", label: "screen.new", load: () => import("../views/create.js"), hidden: true });
registerScreen({ id: "model", label: "screen.model", load: () => import("../views/model.js") });
registerScreen({ id: "partiql", label: "screen.partiql", load: () => import("../views/partiql.js") });
registerScreen({ id: "traffic", label: "screen.traffic", load: () => import("../views/traffic.js") });
registerScreen({
  id: "functions",
  label: "screen.functions",
  load: () => import("../views/functions.js"),
  when: () => facts.functions,
});
registerScreen({ id: "access", label: "screen.access", load: () => import("../views/access.js") });
