"""How do people and machines reach mnemic? The command line now; REST, MCP and the page later."""
