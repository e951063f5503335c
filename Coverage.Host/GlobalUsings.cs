global using Options = Coverage.CommandLine.Settings;
