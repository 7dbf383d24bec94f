module.exports = require("jedlik/jest").withOptions("--seed", "orders.json");
