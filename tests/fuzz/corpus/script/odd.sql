SET standard_conforming_strings = off;
SELECT E'a\'b' 'c'
  '\';'; U&"x";
ALTER TABLE a DISABLE TRIGGER ALL;
\c x
/* a /* b */ c */ create procedure p() begin atomic select case when true then 1 end; end;
\! id
